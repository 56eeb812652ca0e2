import { migrate, openPostgres, type Postgres, seed } from '../../connectors/index.ts'
import { CommandError, EXIT, table } from '../output.ts'
import { examine } from '../runtime/doctor.ts'
import { openDatabase } from '../runtime/parts.ts'
import { atRun } from '../runtime/run-folder.ts'
import { findRunning } from '../runtime/running.ts'
import type { Settings } from '../settings.ts'
import { bridgesCommand } from './bridges.ts'
import type { CommandPorts } from './command.ts'
import { diffCommand } from './diff.ts'
import { dlqCommands } from './dlq.ts'
import { lakeCommand } from './lake.ts'
import { replayCommand } from './replay.ts'
import { resetCommand } from './reset.ts'
import { shadowCommand } from './shadow.ts'
import { sqlCommand } from './sql.ts'

/** Commands that look after the system: migrate, seed, sql, reset, replay, shadow, diff, dlq, bridges, doctor. */
export function operateCommands(ports: CommandPorts): void {
  const { program, settings, output, finish } = ports
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
  sqlCommand(ports)
  resetCommand(ports)
  replayCommand(ports)
  shadowCommand(ports)
  diffCommand(ports)
  dlqCommands(ports)
  bridgesCommand(ports)
  lakeCommand(ports)
  program
    .command('doctor')
    .description('what is there, what answers, and how to mend what does not')
    .option('--json', 'findings as JSON')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(atRun(settings()))
      if (options.json) output.json(findings)
      else
        output.data(
          table(
            ['WHAT', 'STATE', 'FOUND', 'HELP'],
            findings.map((f) => [f.what, f.ok ? 'ok' : 'FAILS', f.found, f.help]),
          ),
        )
      finish(findings.every((f) => f.ok) ? EXIT.done : EXIT.answerIsNo)
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
