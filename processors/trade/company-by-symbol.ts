import type { Company } from '../../schemas/index.ts'
import type { ReadOnlyTable } from '../../streams/index.ts'

/** Companies by symbol; made anew whenever the table has changed. */
export class CompaniesBySymbol {
  #version = -1
  #bySymbol: ReadonlyMap<string, Company> = new Map()

  find(companies: ReadOnlyTable<Company>, symbol: string): Company | undefined {
    if (companies.version !== this.#version) {
      this.#version = companies.version
      this.#bySymbol = new Map(
        [...companies.entries()].flatMap(([, company]) => company.symbols.map((s) => [s.symbol, company] as const)),
      )
    }
    return this.#bySymbol.get(symbol)
  }
}
