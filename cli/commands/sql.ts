import { join } from 'node:path'
import { type LakeAnswer, LakeQueryError, querySql } from '../../connectors/index.ts'
import { CommandError, EXIT, table } from '../output.ts'
import { atRun } from '../runtime/run-folder.ts'
import { auditFolder } from './audit-folder.ts'
import type { CommandPorts } from './command.ts'

/** `stonks sql`: reads the embedded lake's Parquet files with DuckDB. */
export function sqlCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('sql')
    .description(
      'ask the lake: one SELECT over documents, extractions, signals, recommendations, orders, executions, bars',
    )
    .argument('[query]', 'the SELECT')
    .option('--audit', 'count rows and distinct (topic, partition, offset) of every table')
    .option('--rows <n>', 'most rows to print', '1000')
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      `
Examples:
  stonks sql "select action, count(*) from recommendations group by action"
  stonks sql "select symbol, score, _partition, _offset from recommendations order by as_of desc limit 10"
  stonks sql --audit`,
    )
    .action(async (query: string | undefined, options: { audit?: boolean; rows: string; json?: boolean }) => {
      const folder = join(atRun(settings()).dataFolder, 'lake')
      if (options.audit) return await auditFolder(folder, options, output, finish)
      if (!query) throw new CommandError(EXIT.usage, 'stonks sql needs a SELECT, or --audit')
      const answer = await ask(folder, query, Number(options.rows))
      if (options.json) output.json(answer.rows, answer.truncated ? [`only the first ${options.rows} rows`] : [])
      else {
        output.data(asTable(answer))
        if (answer.truncated) output.note(`only the first ${options.rows} rows; --rows takes more`)
      }
    })
}

async function ask(folder: string, query: string, maxRows: number): Promise<LakeAnswer> {
  try {
    return await querySql(folder, query, { maxRows })
  } catch (error) {
    if (!(error instanceof LakeQueryError)) throw error
    const [first = '', ...rest] = error.message.split('\n')
    throw new CommandError(EXIT.answerIsNo, first, ...rest.filter((line) => line.trim() !== ''))
  }
}

function asTable(answer: LakeAnswer): string {
  const names = answer.columns.map((c) => c.name)
  const numeric = new Set(answer.columns.flatMap((c, i) => (/INT|DECIMAL|DOUBLE|FLOAT/.test(c.type) ? [i] : [])))
  const text = (value: unknown): string =>
    value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  return table(
    names,
    answer.rows.map((row) => names.map((name) => text(row[name]))),
    numeric,
  )
}
