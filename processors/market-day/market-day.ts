import type { Bar, Company, EpochMs, RawDocument } from '../../schemas/index.ts'
import { BAD_NEWS } from './bad-news.ts'
import { coverageOf } from './coverage.ts'
import { GOOD_NEWS } from './good-news.ts'
import { type InventedCompany, inventedCompanies } from './invented-companies.ts'
import { barsOf } from './price-path.ts'
import { type Random, randomOf } from './random.ts'
import { hostilePage, irrelevantPage, smallTalk } from './side-shows.ts'
import { type Story, storyOf } from './story.ts'
import type { StoryKind } from './story-kind.ts'
import { DAY_MS, minuteAt, SESSION_MINUTES, sessionOpenMs } from './trading-hours.ts'

export interface MarketDayOptions {
  readonly seed: string
  /** `2026-03-02`, a weekday. */
  readonly date: string
}
/** Why a price moved: what a perfect reader would have known. */
export interface Cause {
  readonly document_id: string
  readonly symbol: string
  readonly kind: string
  /** Move in percent, spread over about 25 minutes; 0 where the market shrugs. */
  readonly effect_percent: number
  readonly at: EpochMs
}
export interface MarketDay {
  readonly companies: readonly Company[]
  /** By received_at. */
  readonly documents: readonly RawDocument[]
  /** By end_at: thirty daily bars a company, then the minutes of the day. */
  readonly bars: readonly Bar[]
  readonly causes: readonly Cause[]
}

const STORIES = 84
const SIDE_SHOWS = 70
const HOSTILE = 9
/** The day opens with news nobody can miss: seconds after the bell, primary source, several owners. */
const OPENING: readonly (readonly [kind: string, afterSeconds: number])[] = [
  ['earnings_beat', 12],
  ['guidance_cut', 55],
  ['guidance_raised', 80],
  ['approval', 150],
]

const STORY_KINDS: readonly StoryKind[] = [...GOOD_NEWS, ...BAD_NEWS]
const fits = (kind: StoryKind, company: InventedCompany): boolean =>
  kind.sectors?.includes(company.company.sector ?? '') ?? true

/** A day on an invented market: forty companies, their news and prices that react to some of it. Same options, same day. */
export function generateMarketDay(options: MarketDayOptions): MarketDay {
  const random = randomOf(`${options.seed}|${options.date}`)
  const openMs = sessionOpenMs(options.date)
  const invented = inventedCompanies(openMs - DAY_MS)
  const documents: RawDocument[] = []
  const causes: Cause[] = []
  const stories = storiesOf(random, invented, openMs)
  for (const [i, story] of stories.entries()) {
    const coverage = coverageOf(random, story, i < OPENING.length)
    documents.push(...coverage)
    causes.push(...coverage.slice(0, 1).map((document) => causeOf(story, document)))
  }
  documents.push(...sideShows(random, invented, openMs))
  const bars = invented.flatMap((company) =>
    barsOf(
      random,
      company,
      stories.filter((story) => story.company.symbol === company.symbol),
      options.date,
    ),
  )
  return {
    companies: invented.map(({ company }) => company),
    documents: documents.sort((a, b) => a.received_at - b.received_at || (a.document_id < b.document_id ? -1 : 1)),
    bars: bars.sort((a, b) => a.end_at - b.end_at || (a.symbol < b.symbol ? -1 : 1)),
    causes,
  }
}

const causeOf = (story: Story, document: RawDocument): Cause => ({
  document_id: document.document_id,
  symbol: story.company.symbol,
  kind: story.kind.kind,
  effect_percent: Math.round(story.movePercent * 100) / 100,
  at: story.atMs,
})

function storiesOf(random: Random, companies: readonly InventedCompany[], openMs: number): Story[] {
  const order = [...companies].sort(() => random.next() - 0.5)
  const companyAt = (i: number): InventedCompany => order[i % order.length] as InventedCompany
  const used = new Set<InventedCompany>()
  const opening = OPENING.map(([name, seconds], i) => {
    const kind = STORY_KINDS.find((candidate) => candidate.kind === name) ?? random.pick(STORY_KINDS)
    const company = order.find((candidate) => fits(kind, candidate) && !used.has(candidate)) ?? companyAt(i)
    used.add(company)
    return storyOf(random, company, kind, openMs + seconds * 1000, companyAt(i + 7).name, false)
  })
  const later = Array.from({ length: STORIES - OPENING.length }, (_, i) => {
    const minute = 4 + ((SESSION_MINUTES - 20) * (i + random.next())) / (STORIES - OPENING.length)
    const atMs = Math.round(minuteAt(openMs, minute))
    const company = companyAt(i + OPENING.length)
    const kind = random.pick(STORY_KINDS.filter((candidate) => fits(candidate, company)))
    return storyOf(random, company, kind, atMs, companyAt(i + 11).name, random.chance(0.3))
  })
  return [...opening, ...later]
}

function sideShows(random: Random, companies: readonly InventedCompany[], openMs: number): RawDocument[] {
  const later = (low: number) => Math.round(minuteAt(openMs, random.between(low, SESSION_MINUTES - 2)))
  return [
    irrelevantPage(random, openMs + 2000),
    ...Array.from({ length: SIDE_SHOWS }, () =>
      random.chance(0.5) ? irrelevantPage(random, later(0.2)) : smallTalk(random, companies, later(0.2)),
    ),
    ...Array.from({ length: HOSTILE }, (_, i) => hostilePage(random, random.pick(companies), later(3 + i * 10))),
  ]
}
