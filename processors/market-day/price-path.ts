import { type Bar, decimal, decimalFromNumber } from '../../schemas/index.ts'
import type { InventedCompany } from './invented-companies.ts'
import type { Random } from './random.ts'
import type { Story } from './story.ts'
import { minuteAt, SESSION_MINUTES, sessionOpenMs, weekdaysBefore } from './trading-hours.ts'

const SOURCE = 'simulated-exchange'
const HISTORY_DAYS = 30
const DAILY_VOLATILITY = 0.016
const MINUTE_VOLATILITY = DAILY_VOLATILITY / Math.sqrt(SESSION_MINUTES)
/** News is priced over about this many minutes: most of it early. */
const REACTION_MINUTES = 25

/** Daily bars of the thirty sessions before, then a minute bar for each minute of the day. */
export function barsOf(random: Random, company: InventedCompany, stories: readonly Story[], date: string): Bar[] {
  let price = random.between(18, 160)
  const bars: Bar[] = []
  for (const day of weekdaysBefore(date, HISTORY_DAYS)) {
    const open = sessionOpenMs(day)
    const close = price * Math.exp(DAILY_VOLATILITY * random.normal())
    bars.push(
      bar(random, company.symbol, '1d', open, minuteAt(open, SESSION_MINUTES), price, close, DAILY_VOLATILITY / 2),
    )
    price = close
  }
  const open = sessionOpenMs(date)
  for (let minute = 0; minute < SESSION_MINUTES; minute += 1) {
    const drift = stories.reduce((sum, story) => sum + reaction(story, minuteAt(open, minute + 1)), 0)
    const close = price * Math.exp(drift + MINUTE_VOLATILITY * random.normal())
    bars.push(
      bar(
        random,
        company.symbol,
        '1m',
        minuteAt(open, minute),
        minuteAt(open, minute + 1),
        price,
        close,
        MINUTE_VOLATILITY / 2,
      ),
    )
    price = close
  }
  return bars
}

/** Part of the move that falls into the minute ending then: an exponential approach from the first report on. */
function reaction(story: Story, endMs: number): number {
  const elapsed = (endMs - story.atMs) / 60_000
  if (elapsed <= 0) return 0
  const done = (minutes: number) => 1 - Math.exp((-3 * Math.max(0, minutes)) / REACTION_MINUTES)
  return Math.log1p(story.movePercent / 100) * (done(elapsed) - done(elapsed - 1))
}

function bar(
  random: Random,
  symbol: string,
  timespan: string,
  startMs: number,
  endMs: number,
  open: number,
  close: number,
  spread: number,
): Bar {
  const high = Math.max(open, close) * (1 + Math.abs(random.normal()) * spread)
  const low = Math.min(open, close) * (1 - Math.abs(random.normal()) * spread)
  const base = timespan === '1d' ? 900_000 : 2_300
  const volume = Math.round(base * (0.6 + random.next()) * (1 + Math.min(20, Math.abs(close / open - 1) * 400)))
  return {
    symbol,
    timespan,
    start_at: startMs,
    end_at: endMs,
    open: decimalFromNumber(open, 2),
    high: decimalFromNumber(high, 2),
    low: decimalFromNumber(low, 2),
    close: decimalFromNumber(close, 2),
    adjusted_close: null,
    volume: decimal(String(volume)),
    vwap: decimalFromNumber((open + high + low + close) / 4, 4),
    source_id: SOURCE,
    simulated: true,
  }
}
