import type { Company, LinkStrength } from '../../schemas/index.ts'
import { COMPANY_CONTEXT } from './common-words.ts'
import {
  type CompanyIndex,
  type NameEntry,
  type SymbolEntry,
  symbolKey,
  type Token,
  tokensOf,
} from './company-index.ts'

export interface Mention {
  readonly company: Company
  readonly symbol: string
  readonly start: number
  readonly end: number
  readonly strength: LinkStrength
}
interface Candidate extends Mention {
  /** Counts only where another mention, the publisher's tag or the words around say so. */
  readonly needs: 'nothing' | 'context' | 'company'
  readonly inContext: boolean
}

const CASHTAG = /(?<![\p{L}\p{N}$])\$([A-Za-z]{1,6}(?:[.-][A-Za-z])?)(?![\p{L}\p{N}])/gu
const LISTED =
  /\b(?:NASDAQ|NYSE|AMEX|CBOE|OTC\w*)(?:[ -]?(?:GS|GM|CM|Arca|American|MKT))?\s?:\s?([A-Z]{1,6}(?:[.-][A-Z])?)(?![A-Za-z])/gi
const CONTEXT_WORDS = 5
const GAP_MAX = 2

/**
 * Mentions of companies in text order, longest name first, precision before recall. `hints` are the publisher's tags:
 * they can confirm a doubtful mention, they never make one.
 */
export function findMentions(text: string, index: CompanyIndex, atMs: number, hints: readonly string[]): Mention[] {
  const candidates: Candidate[] = []
  const taken: (readonly [number, number])[] = []
  const free = (start: number, end: number) => taken.every(([from, to]) => end <= from || start >= to)
  const add = (candidate: Candidate): void => {
    if (!free(candidate.start, candidate.end)) return
    taken.push([candidate.start, candidate.end])
    candidates.push(candidate)
  }
  for (const mention of symbolMentions(text, index, atMs)) add(mention)
  for (const mention of wordMentions(text, index, atMs)) add(mention)
  const sure = new Set(candidates.filter((c) => c.needs === 'nothing').map((c) => c.company.company_id))
  const hinted = (c: Candidate) => c.company.symbols.some((s) => hints.includes(s.symbol))
  return candidates
    .filter(
      (c) =>
        c.needs === 'nothing' ||
        sure.has(c.company.company_id) ||
        (c.needs === 'context' && (c.inContext || hinted(c))) ||
        (c.needs === 'company' && c.inContext && hinted(c)),
    )
    .sort((a, b) => a.start - b.start)
    .map(({ company, symbol, start, end, strength }) => ({ company, symbol, start, end, strength }))
}

function symbolMentions(text: string, index: CompanyIndex, atMs: number): Candidate[] {
  const found: Candidate[] = []
  const add = (symbol: string, start: number, end: number) => {
    const entry = validAt(index.symbols.get(symbolKey(symbol)), atMs)
    if (entry) found.push({ ...mentionOf(entry, start, end, 'strong'), needs: 'nothing', inContext: true })
  }
  if (text.includes('$')) {
    for (const match of text.matchAll(CASHTAG)) {
      const symbol = match[1] ?? ''
      const end = match.index + match[0].length
      // `$D 25` and `$M` after a number are money, and so are lower-case letters alone.
      if (symbol.length === 1 && (/^\s?\d/.test(text.slice(end, end + 2)) || symbol !== symbol.toUpperCase())) continue
      add(symbol, match.index, end)
    }
  }
  if (text.includes(':')) {
    for (const match of text.matchAll(LISTED)) {
      const symbol = match[1] ?? ''
      if (symbol === symbol.toUpperCase()) add(symbol, match.index, match.index + match[0].length)
    }
  }
  return found
}

function* wordMentions(text: string, index: CompanyIndex, atMs: number): Generator<Candidate> {
  const tokens = tokensOf(text)
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    const name = longestName(text, tokens, at, index, atMs)
    if (name) {
      const last = tokens[at + name.tokens.length - 1] as Token
      yield nameCandidate(name, tokens, at, token.start, last.end)
      at += name.tokens.length - 1
      continue
    }
    if (token.text.length > 5 || token.text !== token.text.toUpperCase() || /^\d/.test(token.text)) continue
    const entry = validAt(index.symbols.get(token.text), atMs)
    if (entry && text[token.start - 1] !== '$') yield tickerCandidate(entry, tokens, at, token)
  }
}

function longestName(
  text: string,
  tokens: readonly Token[],
  at: number,
  index: CompanyIndex,
  atMs: number,
): NameEntry | undefined {
  const first = tokens[at] as Token
  return index.names.get(first.lower)?.find((name) => {
    if (atMs < name.validFrom || atMs > name.validTo) return false
    if (name.exact !== null && first.text !== name.exact) return false
    const capital = first.text[0] !== first.lower[0] || /^\d/.test(first.text)
    if (!capital && (name.common || (name.tokens.length === 1 && first.text.length < 5))) return false
    return name.tokens.every((word, i) => {
      const token = tokens[at + i]
      if (token?.lower !== word) return false
      const before = tokens[at + i - 1]
      return (
        i === 0 ||
        (before !== undefined &&
          token.start - before.end <= GAP_MAX &&
          !text.slice(before.end, token.start).includes('\n'))
      )
    })
  })
}

/** A longer name going on (Gap Year, Target Date Fund) or a determiner before (a visa) speaks against a company. */
function nameCandidate(name: NameEntry, tokens: readonly Token[], at: number, start: number, end: number): Candidate {
  const entry = name.company.symbols[0]
  const inContext =
    contextAround(tokens, at, name.tokens.length) &&
    !/^(?:a|an|the|price|my|your|no)$/.test(tokens[at - 1]?.lower ?? '')
  return {
    company: name.company,
    symbol: entry?.symbol ?? '',
    start,
    end,
    strength: name.common ? 'medium' : name.strength,
    needs: name.common ? 'context' : 'nothing',
    inContext,
  }
}

const tickerCandidate = (entry: SymbolEntry, tokens: readonly Token[], at: number, token: Token): Candidate => ({
  ...mentionOf(entry, token.start, token.end, 'weak'),
  needs: entry.common ? 'company' : 'context',
  // A bare ticker is confirmed by the publisher's tag or a sure mention, never by the words around alone.
  inContext: entry.common ? contextAround(tokens, at, 1) : false,
})

const mentionOf = (entry: SymbolEntry, start: number, end: number, strength: LinkStrength): Mention => ({
  company: entry.company,
  symbol: entry.symbol,
  start,
  end,
  strength,
})

function contextAround(tokens: readonly Token[], at: number, length: number): boolean {
  for (let i = Math.max(0, at - CONTEXT_WORDS); i < Math.min(tokens.length, at + length + CONTEXT_WORDS); i += 1) {
    const inside = i >= at && i < at + length
    if (!inside && COMPANY_CONTEXT.has((tokens[i] as Token).lower)) return true
  }
  return false
}

const validAt = (entries: readonly SymbolEntry[] | undefined, atMs: number): SymbolEntry | undefined =>
  entries?.find((entry) => atMs >= entry.validFrom && atMs <= entry.validTo)
