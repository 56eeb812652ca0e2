import { type LexiconEntry, PHRASES_BY_FIRST, WORDS } from './lexicon.ts'

export interface Word {
  readonly lower: string
  readonly start: number
  readonly end: number
}
/** A place in a sentence that says good or bad. Offsets are those of the text. */
export interface Hit {
  readonly start: number
  readonly end: number
  readonly polarity: number
  /** 1, or 1.5 after "but", or 0.2 after "despite". */
  readonly weight: number
  readonly clause: number
  readonly hedged: boolean
}
const WORD = /https?:\/\/\S+|\d[\d,]*(?:\.\d+)?%?|\p{L}+(?:['’-]\p{L}+)*|[;:]/gu
const CLAUSE_BREAKS = new Set([
  ';',
  ':',
  'but',
  'while',
  'whereas',
  'however',
  'although',
  'though',
  'as',
  'after',
  'despite',
  'amid',
])
const METRIC_REACH = 4
const NEGATION_REACH = 3

export function wordsOf(text: string, start: number, end: number): Word[] {
  const words: Word[] = []
  for (const match of text.slice(start, end).matchAll(WORD)) {
    const at = start + match.index
    words.push({ lower: match[0].toLowerCase().replace(/['’]/g, ''), start: at, end: at + match[0].length })
  }
  return words
}

interface Tagged extends Word {
  readonly entry: LexiconEntry | undefined
  readonly clause: number
  readonly weight: number
}

/** Clause numbers and polar hits of one sentence: direction times what moves, negation and scope applied. */
export function polarHits(words: readonly Word[]): { readonly hits: Hit[]; readonly clauses: readonly number[] } {
  const tagged = tag(words)
  const hits: Hit[] = []
  const hedged = tagged.some((word) => word.entry?.kind === 'hedge')
  for (const [i, word] of tagged.entries()) {
    const value = word.entry ? valueAt(tagged, i) : 0
    if (value === 0) continue
    const polarity = negated(tagged, i) ? -0.7 * value : value
    hits.push({ start: word.start, end: word.end, polarity, weight: word.weight, clause: word.clause, hedged })
  }
  return { hits, clauses: tagged.map((word) => word.clause) }
}

function tag(words: readonly Word[]): Tagged[] {
  const tagged: Tagged[] = []
  let [clause, weight] = [0, 1]
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as Word
    if (CLAUSE_BREAKS.has(word.lower)) {
      clause += 1
      weight = word.lower === 'but' ? 1.5 : word.lower === 'despite' ? 0.2 : 1
    }
    const phrase = phraseAt(words, i)
    const end = phrase ? (words[i + phrase[0].length - 1] as Word).end : word.end
    tagged.push({ ...word, end, entry: phrase ? phrase[1] : WORDS.get(word.lower), clause, weight })
    if (phrase) i += phrase[0].length - 1
  }
  return tagged
}

const phraseAt = (words: readonly Word[], at: number) =>
  PHRASES_BY_FIRST.get(words[at]?.lower ?? '')?.find(([phrase]) => phrase.every((p, k) => words[at + k]?.lower === p))

function valueAt(tagged: readonly Tagged[], at: number): number {
  const entry = (tagged[at] as Tagged).entry
  if (!entry || entry.kind === 'metric') return 0
  if (entry.kind === 'polar') return entry.value
  if (entry.kind !== 'direction') return 0
  const metric = metricNear(tagged, at)
  if (metric !== undefined) return entry.value * metric
  return entry.needsMetric ? 0 : entry.value
}

/** The nearest metric of the clause, the one after the direction before the one ahead of it at equal distance. */
function metricNear(tagged: readonly Tagged[], at: number): number | undefined {
  const clause = tagged[at]?.clause
  for (let d = 1; d <= METRIC_REACH; d += 1) {
    for (const near of [tagged[at + d], tagged[at - d]]) {
      if (near?.entry?.kind === 'metric' && near.clause === clause) return near.entry.value
    }
  }
  return undefined
}

function negated(tagged: readonly Tagged[], at: number): boolean {
  for (let d = 1; d <= NEGATION_REACH; d += 1) {
    const word = tagged[at - d]
    if (!word || word.clause !== tagged[at]?.clause) return false
    if (word.entry?.kind !== 'negator') continue
    const next = tagged[at - d + 1]?.lower
    return (
      !(word.lower === 'not' && next === 'only') && !(word.lower === 'no' && (next === 'doubt' || next === 'wonder'))
    )
  }
  return false
}
