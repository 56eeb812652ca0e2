import type { Company } from '../../schemas/index.ts'
import type { ProcessorContext, ReadOnlyTable } from '../../streams/index.ts'

interface Index {
  readonly version: number
  readonly bySymbol: ReadonlyMap<string, Company>
}

const indexes = new WeakMap<ReadOnlyTable<Company>, Index>()

/** The company that trades under a symbol, by the registry's current symbols; kept until the table changes. */
export function companyBySymbol(context: ProcessorContext, symbol: string): Company | undefined {
  const table: ReadOnlyTable<Company> = context.table('companies')
  const known = indexes.get(table)
  if (known?.version === table.version) return known.bySymbol.get(symbol)
  const bySymbol = new Map([...table.entries()].flatMap(([, c]) => c.symbols.slice(0, 1).map((s) => [s.symbol, c])))
  indexes.set(table, { version: table.version, bySymbol })
  return bySymbol.get(symbol)
}
