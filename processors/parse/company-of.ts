import type { Alias, Company } from '../../schemas/index.ts'
import { COMMON_WORD_NAMES, DESCRIPTORS, GENERIC_FIRST_WORDS, LEGAL_SUFFIXES } from './common-words.ts'

export interface CompanySeed {
  readonly symbol: string
  readonly name: string
  readonly sector?: string | null
  readonly cik?: string | null
  readonly exchange?: string | null
  readonly updatedAtMs?: number
  readonly simulated?: boolean
}

/**
 * A registry entry from a line of a company list. Aliases: the registered name (strong), the name without Inc, Corp
 * or plc (medium, weak where it is an everyday word) and the cashtag (strong).
 */
export function companyOf(seed: CompanySeed): Company {
  const symbol = seed.symbol.trim().toUpperCase()
  const legalName = seed.name.trim()
  const [short = legalName, ...others] = shortNamesOf(legalName)
  return {
    company_id: `co-${symbol.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
    name: short,
    legal_name: legalName,
    symbols: [{ symbol, exchange: seed.exchange ?? null, valid_from: null, valid_to: null }],
    aliases: [aliasOf(`$${symbol}`, 'strong'), ...others.map((name) => aliasOf(name, strengthOf(name)))],
    cik: seed.cik ? seed.cik.padStart(10, '0') : null,
    sector: seed.sector ?? null,
    restricted: false,
    version: 1,
    updated_at: seed.updatedAtMs ?? 0,
    simulated: seed.simulated ?? false,
  }
}

const aliasOf = (alias: string, strength: Alias['strength']): Alias => ({
  alias,
  strength,
  valid_from: null,
  valid_to: null,
})

/** How sure a name without its legal form is. */
export const strengthOf = (name: string): Alias['strength'] =>
  COMMON_WORD_NAMES.has(name.toLowerCase()) || name.length < 3 ? 'weak' : 'medium'

/** The name people use first, then still shorter ones; never a general word alone. */
function shortNamesOf(legalName: string): string[] {
  const words = legalName
    .replace(/\s*\([^)]*\)/g, '')
    .replace(/,?\s+(Class [A-C]|Common Stock|Ordinary Shares).*$/i, '')
    .replace(/\.com\b/i, '')
    .split(/\s+/)
    .map((word) => word.replace(/,$/, ''))
  if (/^the$/i.test(words[0] ?? '') && words.length > 1) words.shift()
  while (words.length > 1 && (LEGAL_SUFFIXES.has(bare(words.at(-1))) || words.at(-1) === '&')) words.pop()
  const names = [words.join(' ')]
  while (words.length > 1 && DESCRIPTORS.has(bare(words.at(-1)))) words.pop()
  const shorter = words.join(' ')
  if (shorter !== names[0] && !GENERIC_FIRST_WORDS.has(bare(shorter))) names.push(shorter)
  return names
}

const bare = (word: string | undefined): string => (word ?? '').toLowerCase().replace(/[^a-z0-9]/g, '')
