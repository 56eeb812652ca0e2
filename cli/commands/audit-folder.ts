import { auditLake } from '../../connectors/index.ts'
import { EXIT, grouped, type Output, table } from '../output.ts'

/** Counts rows and distinct origins of every table in a lake's folder; ends with 1 where a record is there twice. */
export async function auditFolder(
  folder: string,
  options: { readonly json?: boolean },
  output: Output,
  finish: (exitCode: number) => void,
): Promise<void> {
  const audits = await auditLake(folder)
  const rows = audits.map((a) => ({
    table: a.table,
    rows: String(a.rows),
    distinct_offsets: String(a.distinctOffsets),
    exact: a.exact,
  }))
  if (options.json) output.json(rows)
  else {
    const lines = rows.map((r) => [
      ...[r.table, grouped(BigInt(r.rows)), grouped(BigInt(r.distinct_offsets))],
      r.exact ? 'yes' : 'NO',
    ])
    output.data(table(['TABLE', 'ROWS', 'DISTINCT', 'EXACTLY ONCE'], lines, new Set([1, 2])))
  }
  finish(audits.every((a) => a.exact) ? EXIT.done : EXIT.answerIsNo)
}
