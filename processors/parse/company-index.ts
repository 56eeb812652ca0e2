import type { AliasStrength, Company } from '../../schemas/index.ts'
import { COMMON_WORD_NAMES, COMMON_WORD_SYMBOLS } from './common-words.ts'

export interface NameEntry {
  readonly company: Company
  readonly tokens: readonly string[]
  readonly strength: AliasStrength
  /** An everyday word: counts only in company context. */
  readonly common: boolean
  /** Short capitals such as ABB: only as written. */
  readonly exact: string | null
  readonly validFrom: number
  readonly validTo: number
}
export interface SymbolEntry {
  readonly company: Company
  readonly symbol: string
  readonly common: boolean
  readonly validFrom: number
  readonly validTo: number
}
export interface CompanyIndex {
  /** Names by their first token, longest first. */
  readonly names: ReadonlyMap<string, readonly NameEntry[]>
  readonly symbols: ReadonlyMap<string, readonly SymbolEntry[]>
  readonly byCik: ReadonlyMap<string, Company>
}

export interface Token {
  readonly text: string
  readonly lower: string
  readonly start: number
  readonly end: number
}
const TOKEN = /[\p{L}\p{N}]+(?:&[\p{L}\p{N}]+)*/gu

/** Words with their UTF-16 offsets. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(TOKEN)) {
    const word = match[0]
    tokens.push({ text: word, lower: word.toLowerCase(), start: match.index, end: match.index + word.length })
  }
  return tokens
}

/** Everything a text is searched for. Building it reads the whole registry; keep it while the registry stays as it is. */
export function indexCompanies(companies: Iterable<Company>): CompanyIndex {
  const names = new Map<string, NameEntry[]>()
  const symbols = new Map<string, SymbolEntry[]>()
  const byCik = new Map<string, Company>()
  for (const company of companies) {
    for (const entry of namesOf(company)) push(names, entry.tokens[0] ?? '', entry)
    for (const symbol of company.symbols) push(symbols, symbolKey(symbol.symbol), symbolEntry(company, symbol))
    if (company.cik) byCik.set(company.cik.padStart(10, '0'), company)
  }
  for (const entries of names.values()) entries.sort((a, b) => b.tokens.length - a.tokens.length)
  return { names, symbols, byCik }
}

/** Share classes are written BRK.A and BRK-A. */
export const symbolKey = (symbol: string): string => symbol.toUpperCase().replace('-', '.')

const symbolEntry = (company: Company, symbol: Company['symbols'][number]): SymbolEntry => ({
  company,
  symbol: symbol.symbol,
  common: symbol.symbol.length < 3 || COMMON_WORD_SYMBOLS.has(symbol.symbol.toUpperCase()),
  validFrom: symbol.valid_from ?? Number.NEGATIVE_INFINITY,
  validTo: symbol.valid_to ?? Number.POSITIVE_INFINITY,
})

function namesOf(company: Company): NameEntry[] {
  const always = { valid_from: null, valid_to: null }
  const given = [
    ...(company.legal_name ? [{ alias: company.legal_name, strength: 'strong' as const, ...always }] : []),
    { alias: company.name, strength: 'medium' as const, ...always },
    ...company.aliases.filter((alias) => !alias.alias.startsWith('$')),
  ]
  const seen = new Set<string>()
  return given.flatMap((alias) => {
    const tokens = tokensOf(alias.alias).map((token) => token.lower)
    const key = tokens.join(' ')
    if (tokens.length === 0 || seen.has(key)) return []
    seen.add(key)
    const alone = tokens.length === 1
    return [
      {
        company,
        tokens,
        strength: alone && alias.strength === 'strong' ? ('medium' as const) : alias.strength,
        common: alias.strength === 'weak' || (alone && (COMMON_WORD_NAMES.has(key) || key.length < 2)),
        exact: alone && /^[\p{Lu}\p{N}&]{1,4}$/u.test(alias.alias) ? alias.alias : null,
        validFrom: alias.valid_from ?? Number.NEGATIVE_INFINITY,
        validTo: alias.valid_to ?? Number.POSITIVE_INFINITY,
      },
    ]
  })
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
