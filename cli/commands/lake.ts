import { join } from 'node:path'
import { CommandError, EXIT, grouped, table } from '../output.ts'
import { type LakeCare, openLakeCare } from '../runtime/lake-care.ts'
import { atRun } from '../runtime/run-folder.ts'
import { auditFolder } from './audit-folder.ts'
import type { CommandPorts } from './command.ts'

const RETENTION = { snapshots: '7d', orphans: '7d' }

/** `stonks lake`: what the tables hold, whether it is all there once, and what keeps them quick. */
export function lakeCommand(ports: CommandPorts): void {
  const lake = ports.program
    .command('lake')
    .description('the fact tables: what they hold, whether it is right, their upkeep')
  statusCommand(lake, ports)
  verifyCommand(lake, ports)
  maintainCommand(lake, ports)
}

type Lake = ReturnType<CommandPorts['program']['command']>

function statusCommand(lake: Lake, { settings, output, finish }: CommandPorts): void {
  lake
    .command('status')
    .description('rows, files and how far each table is, as its own metadata tells')
    .option('--json', 'the answer as JSON')
    .action((options: { json?: boolean }) =>
      withCare(openLakeCare(settings()), async (care) => {
        const rows = (await care.status()).map((one) => ({
          table: one.table,
          topic: one.topic,
          rows: String(one.rows),
          files: String(one.files),
          bytes: String(one.bytes),
          snapshots: one.snapshots,
          committed_at: one.committedAtMs === undefined ? null : new Date(one.committedAtMs).toISOString(),
          complete_to: timeOf(least(one.eventTimes)),
          offsets: Object.fromEntries([...one.offsets].map(([partition, offset]) => [partition, String(offset)])),
        }))
        if (options.json) output.json(rows)
        else {
          const head = ['TABLE', 'ROWS', 'FILES', 'BYTES', 'SNAPSHOTS', 'COMMITTED', 'COMPLETE TO']
          const lines = rows.map((r) => [
            ...[r.table, grouped(BigInt(r.rows)), grouped(BigInt(r.files)), grouped(BigInt(r.bytes))],
            ...[String(r.snapshots), r.committed_at ?? 'never', r.complete_to ?? ''],
          ])
          output.data(table(head, lines, new Set([1, 2, 3, 4])))
        }
        finish(EXIT.done)
      }),
    )
}

function verifyCommand(lake: Lake, { settings, output, finish }: CommandPorts): void {
  lake
    .command('verify')
    .description('every record once, in both catalogs or in the data folder, and every file where it should be')
    .option('--json', 'the answer as JSON')
    .action(async (options: { json?: boolean }) => {
      const chosen = settings()
      if (!chosen.hiveMetastoreUri)
        return await auditFolder(join(atRun(chosen).dataFolder, 'lake'), options, output, finish)
      await withCare(openLakeCare(chosen), async (care) => {
        const checks = await care.verify()
        const rows = checks.map(({ table: name, audits, store }) => ({
          table: name,
          catalogs: audits.map(({ catalog, rows: n, distinctOffsets, absent }) => ({
            ...{ catalog, rows: String(n), distinct_offsets: String(distinctOffsets), absent_offsets: String(absent) },
          })),
          missing_files: store.missing,
          leftover_files: store.removable.length,
          staged_files: store.staged.length,
          exact: audits.every((a) => a.rows === a.distinctOffsets) && store.missing.length === 0,
        }))
        if (options.json) output.json(rows)
        else {
          const head = ['TABLE', 'CATALOG', 'ROWS', 'DISTINCT', 'ABSENT', 'FILES MISSING', 'LEFT OVER', 'EXACTLY ONCE']
          const lines = rows.flatMap((r) =>
            r.catalogs.map((c) => [
              ...[r.table, c.catalog, grouped(BigInt(c.rows)), grouped(BigInt(c.distinct_offsets))],
              ...[c.absent_offsets, String(r.missing_files.length), String(r.leftover_files), r.exact ? 'yes' : 'NO'],
            ]),
          )
          output.data(table(head, lines, new Set([2, 3, 4, 5, 6])))
          for (const r of rows)
            for (const file of r.missing_files) output.error(`${r.table}: missing or cut off: ${file}`)
        }
        finish(rows.every((r) => r.exact) ? EXIT.done : EXIT.answerIsNo)
      })
    })
}

function maintainCommand(lake: Lake, { settings, output, finish }: CommandPorts): void {
  lake
    .command('maintain')
    .description('join small files, expire snapshots, remove what nobody needs; beside a running sink')
    .option('--snapshots <duration>', 'how long earlier snapshots stay', RETENTION.snapshots)
    .option('--orphans <duration>', 'how old a file of nobody must be', RETENTION.orphans)
    .action((options: { snapshots: string; orphans: string }) =>
      withCare(openLakeCare(settings()), async (care) => {
        for (const value of [options.snapshots, options.orphans])
          if (!/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(value))
            throw new CommandError(EXIT.usage, `${JSON.stringify(value)} is no duration`, 'it takes 12h or 7d')
        const failed = await care.maintain(options, output.note)
        finish(failed === 0 ? EXIT.done : EXIT.outside)
      }),
    )
}

async function withCare(care: LakeCare, work: (care: LakeCare) => Promise<void>): Promise<void> {
  try {
    await work(care)
  } finally {
    await care.close()
  }
}

const least = (times: ReadonlyMap<number, bigint>): bigint | undefined =>
  [...times.values()].reduce<bigint | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined)
const timeOf = (ms: bigint | undefined): string | null => (ms === undefined ? null : new Date(Number(ms)).toISOString())
