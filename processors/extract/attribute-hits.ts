import type { Hit, Word } from './polar-hits.ts'

/** A company named at a place of the text. */
export interface Named {
  readonly company: string
  readonly start: number
  readonly end: number
}
interface Group {
  readonly companies: readonly string[]
  readonly start: number
  readonly end: number
  readonly clause: number
}

const JOINED = /^(?:\s*(?:,|and|&|\/|\+|\(|\)|;)?\s*)*$/
const RATES =
  /^\W*(?:upgrade|downgrade|initiate|rate|cut|raise|lower|lift|trim|maintain|reiterate|start|slash|see|say|recommend|prefer)s?\b/i

/**
 * Who each hit is about: the companies of its clause, the nearest before it, else the nearest after; a clause without
 * a company goes on about the one before. Analysts and brokers who only speak are left out.
 */
export function attributeHits(
  text: string,
  words: readonly Word[],
  clauses: readonly number[],
  hits: readonly Hit[],
  named: readonly Named[],
): Map<string, Hit[]> {
  const groups = groupsOf(text, named, words, clauses)
  const subjects = groups.filter((group, i) => !speaks(text, group, groups, i, hits, words))
  const result = new Map<string, Hit[]>()
  for (const hit of hits) {
    const group = subjectOf(hit, subjects)
    for (const company of group?.companies ?? []) {
      const list = result.get(company)
      if (list) list.push(hit)
      else result.set(company, [hit])
    }
  }
  return result
}

function groupsOf(text: string, named: readonly Named[], words: readonly Word[], clauses: readonly number[]): Group[] {
  const groups: Group[] = []
  for (const mention of [...named].sort((a, b) => a.start - b.start)) {
    const last = groups.at(-1)
    if (last && JOINED.test(text.slice(last.end, mention.start))) {
      groups[groups.length - 1] = {
        ...last,
        companies: [...new Set([...last.companies, mention.company])],
        end: mention.end,
      }
      continue
    }
    const at = words.findIndex((word) => word.end > mention.start)
    const clause = clauses[Math.min(at < 0 ? clauses.length - 1 : at, clauses.length - 1)] ?? 0
    groups.push({ companies: [mention.company], start: mention.start, end: mention.end, clause })
  }
  return groups
}

/** "Upgrade X: Analyst, Firm" and "Firm upgrades X": the firm is not what is judged. */
function speaks(
  text: string,
  group: Group,
  groups: readonly Group[],
  i: number,
  hits: readonly Hit[],
  words: readonly Word[],
): boolean {
  if (groups.length > 1 && i < groups.length - 1 && RATES.test(text.slice(group.end, group.end + 16))) {
    const verbIsRating = /^\W*(?:upgrade|downgrade|initiate|rate|maintain|reiterate|see|say|recommend|prefer)/i.test(
      text.slice(group.end, group.end + 16),
    )
    if (verbIsRating || /\b(?:target|rating|stance|estimate)/i.test(text.slice(group.end, group.end + 90))) return true
  }
  const colon = words.findLast((word) => word.lower === ':')
  return (
    colon !== undefined && group.start > colon.start && hits.every((hit) => hit.start < colon.start) && hits.length > 0
  )
}

function subjectOf(hit: Hit, groups: readonly Group[]): Group | undefined {
  const inClause = groups.filter((group) => group.clause === hit.clause)
  const pool = inClause.length > 0 ? inClause : groups.filter((group) => group.clause < hit.clause)
  if (pool.length > 0) return nearest(hit, pool)
  return groups.find((group) => group.clause > hit.clause)
}

const nearest = (hit: Hit, pool: readonly Group[]): Group | undefined =>
  pool.findLast((group) => group.start <= hit.start) ?? pool.find((group) => group.start > hit.start)
