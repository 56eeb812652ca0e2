import { migrate, openPostgres, type Postgres, seed } from '../../connectors/index.ts'
import { CommandError, EXIT } from '../output.ts'
import { openDatabase } from '../runtime/parts.ts'
import { atRun } from '../runtime/run-folder.ts'
import { findRunning } from '../runtime/running.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'

/** `stonks migrate` and `stonks seed`: the read model's database. */
export function databaseCommands({ program, settings, output }: CommandPorts): void {
  program
    .command('migrate')
    .description('bring the database up to date; twice changes nothing')
    .action(async () => {
      const database = await databaseOf(atRun(settings()))
      try {
        const applied = await migrate(database)
        output.data(applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`)
      } finally {
        await database.close()
      }
    })
  program
    .command('seed')
    .description('default sources, risk limits and risk state; leaves what is there')
    .action(async () => {
      const database = await databaseOf(atRun(settings()))
      try {
        await seed(database, new Date())
        output.data('seeded')
      } finally {
        await database.close()
      }
    })
}

/** PostgreSQL of the settings, or the embedded one where no process has it open. */
async function databaseOf(settings: Settings): Promise<Postgres> {
  const running = settings.databaseUrl ? undefined : findRunning(settings.dataFolder)
  if (running)
    throw new CommandError(
      EXIT.refused,
      `process ${running.pid} has the embedded database of ${settings.dataFolder} open, and keeps it up to date itself`,
    )
  return settings.databaseUrl ? openPostgres({ url: settings.databaseUrl }) : openDatabase(settings)
}
