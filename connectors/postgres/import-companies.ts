import type { Company } from '../../schemas/index.ts'
import type { Database } from './database.ts'

/** A listed company as lists of tickers give it. */
export interface CompanyListing {
  readonly symbol: string
  readonly name: string
  readonly sector: string | null
  readonly cik: string | null
}

/** Finds the aliases of a name; the parser's own rules are handed in. */
export type DeriveAliases = (listing: CompanyListing) => Company['aliases']

/** Rows of `symbol,name,sector` with that header; fields in double quotes may hold commas. Throws naming the line. */
export function parseCompanyCsv(text: string): readonly CompanyListing[] {
  const [header, ...lines] = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const names = csvFields(header ?? '').map((name) => name.trim().toLowerCase())
  const at = { symbol: names.indexOf('symbol'), name: names.indexOf('name'), sector: names.indexOf('sector') }
  if (at.symbol < 0 || at.name < 0)
    throw new TypeError(`line 1: expected the header symbol,name,sector; found ${header}`)
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return []
    const fields = csvFields(line).map((f) => f.trim())
    const [symbol, name] = [fields[at.symbol], fields[at.name]]
    if (!symbol || !name || !/^[A-Z0-9.-]{1,12}$/.test(symbol))
      throw new TypeError(`line ${index + 2}: expected a symbol and a name; found ${line}`)
    return [{ symbol, name, sector: (at.sector >= 0 && fields[at.sector]) || null, cik: null }]
  })
}

const csvFields = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '')

/** The SEC's company_tickers.json: `{"0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."}, …}`. */
export function parseCompanyTickers(text: string): readonly CompanyListing[] {
  const rows = Object.values(JSON.parse(text) as Record<string, { cik_str?: number; ticker?: string; title?: string }>)
  return rows.map(({ cik_str, ticker, title }, index) => {
    if (!ticker || !title || cik_str === undefined)
      throw new TypeError(`entry ${index}: expected cik_str, ticker and title`)
    return { symbol: ticker, name: title, sector: null, cik: String(cik_str).padStart(10, '0') }
  })
}

/** Adds companies that are not there yet, with their outbox rows; resolves to how many. Known ones are left alone. */
export async function importCompanies(
  database: Database,
  listings: readonly CompanyListing[],
  deriveAliases: DeriveAliases,
  at: Date,
): Promise<number> {
  const companies = listings.map((listing) => ({
    company_id: listing.cik ? `cik-${listing.cik}` : `us-${listing.symbol.toLowerCase()}`,
    name: listing.name,
    legal_name: listing.name,
    symbols: [{ symbol: listing.symbol, exchange: null, valid_from: null, valid_to: null }],
    aliases: deriveAliases(listing),
    cik: listing.cik,
    sector: listing.sector,
    restricted: false,
    version: 1,
    updated_at: at.toISOString(),
    simulated: false,
  }))
  const [row] = await database.query<{ count: number }>(IMPORT_SQL, [JSON.stringify(mergeListings(companies))])
  return row?.count ?? 0
}

interface Draft {
  readonly company_id: string
  readonly symbols: readonly object[]
}

/** Several tickers of one company become its symbols. */
function mergeListings<T extends Draft>(companies: readonly T[]): readonly T[] {
  return [...Map.groupBy(companies, (c) => c.company_id).values()].flatMap(([first, ...rest]) =>
    first ? [{ ...first, symbols: [...first.symbols, ...rest.flatMap((c) => c.symbols)] }] : [],
  )
}

const IMPORT_SQL = `
with given as (
  select r.*, j.value as record from json_array_elements($1::json) as j(value),
    lateral json_to_record(j.value) as r(company_id text, name text, legal_name text, symbols jsonb, aliases json, cik text,
      sector text, restricted boolean, version int, updated_at timestamptz, simulated boolean)
), added as (
  insert into companies (company_id, name, legal_name, symbols, cik, sector, restricted, version, updated_at, simulated)
  select company_id, name, legal_name, symbols, cik, sector, restricted, version, updated_at, simulated from given
  on conflict do nothing returning company_id
), named as (
  insert into aliases (company_id, alias, strength, valid_from, valid_to)
  select g.company_id, a.alias, a.strength, a.valid_from, a.valid_to from given g join added using (company_id),
    lateral json_to_recordset(g.aliases) as a(alias text, strength text, valid_from timestamptz, valid_to timestamptz)
  on conflict do nothing
), kept as (
  insert into company_history (company_id, version, record, changed_at)
  select company_id, 1, record::jsonb, updated_at from given join added using (company_id)
  on conflict do nothing
), announced as (
  insert into registry_outbox (company_id, record)
  select company_id, record::jsonb from given join added using (company_id)
)
select count(*)::int as count from added`
