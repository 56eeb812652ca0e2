import { type Bar, type Decimal, decimalFromNumber, decimalToNumber, type PriceContext } from '../../schemas/index.ts'

/** A daily bar as statistics need it: doubles. */
export type Day = readonly [endAt: number, open: number, high: number, low: number, close: number, volume: number]

/** The newest price of a symbol. Kept apart from the days, which change once a day and not with every minute. */
export interface LastPrice {
  readonly last_price: Decimal
  readonly bar_at: number
}

/** Prices of a symbol: the newest, and its daily bars, oldest first. */
export interface PriceState extends LastPrice {
  readonly days: readonly Day[]
}

const DAYS_KEPT = 30
const SPAN = 14
const VOLUME_SPAN = 20

/** The newest price after one more bar: a late bar changes nothing that a newer one said. */
export const lastAfter = (last: LastPrice | undefined, bar: Bar): LastPrice =>
  last && bar.end_at < last.bar_at ? last : { last_price: bar.close, bar_at: bar.end_at }

/** The daily bars after one more; one that is not newer than the last changes nothing. */
export function daysAfter(days: readonly Day[], bar: Bar): readonly Day[] {
  if (bar.end_at <= (days.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY)) return days
  const numbers = [bar.open, bar.high, bar.low, bar.close, bar.volume].map(decimalToNumber)
  const [open = 0, high = 0, low = 0, close = 0, volume = 0] = numbers
  return [...days.slice(1 - DAYS_KEPT), [bar.end_at, open, high, low, close, volume]]
}

/** What the market did up to the last bar. Measures that need more history than there is are null. */
export function priceContextOf({ days, last_price, bar_at }: PriceState): PriceContext {
  const last = decimalToNumber(last_price)
  const closes = days.map((day) => day[4])
  const isDaily = days.at(-1)?.[0] === bar_at
  const before = (n: number): number | undefined => closes.at(isDaily ? -n - 1 : -n)
  const returnOver = (n: number): number | null => (before(n) ? last / (before(n) as number) - 1 : null)
  const today = days.at(-1)
  const yesterday = closes.at(-2)
  return {
    last_price,
    bar_at,
    return_1d: returnOver(1),
    return_5d: returnOver(5),
    rsi_14: rsi(closes),
    atr_14: atr(days),
    gap: isDaily && today && yesterday ? today[1] / yesterday - 1 : null,
    relative_volume: relativeVolume(days),
    volatility_1d: volatility(closes),
  }
}

/** Relative strength index with simple means (Cutler): 100 - 100 / (1 + mean gain / mean loss). */
function rsi(closes: readonly number[]): number | null {
  if (closes.length <= SPAN) return null
  let [gain, loss] = [0, 0]
  for (let i = closes.length - SPAN; i < closes.length; i++) {
    const change = (closes[i] as number) - (closes[i - 1] as number)
    if (change > 0) gain += change
    else loss -= change
  }
  return loss === 0 ? 100 : 100 - 100 / (1 + gain / loss)
}

/** Mean true range over 14 days: max(high - low, |high - previous close|, |low - previous close|). */
function atr(days: PriceState['days']): Decimal | null {
  if (days.length <= SPAN) return null
  let sum = 0
  for (let i = days.length - SPAN; i < days.length; i++) {
    const [, , high, low] = days[i] as Day
    const previous = (days[i - 1] as Day)[4]
    sum += Math.max(high - low, Math.abs(high - previous), Math.abs(low - previous))
  }
  return decimalFromNumber(sum / SPAN, 4)
}

function relativeVolume(days: PriceState['days']): number | null {
  const before = days.slice(-VOLUME_SPAN - 1, -1).map((day) => day[5])
  const mean = before.reduce((a, b) => a + b, 0) / before.length
  const today = days.at(-1)?.[5]
  return before.length >= 5 && mean > 0 && today !== undefined ? today / mean : null
}

function volatility(closes: readonly number[]): number | null {
  const returns = closes
    .slice(1)
    .map((close, i) => close / (closes[i] as number) - 1)
    .slice(-VOLUME_SPAN)
  if (returns.length < 5) return null
  const mean = returns.reduce((a, b) => a + b, 0) / returns.length
  return Math.sqrt(returns.reduce((a, b) => a + (b - mean) ** 2, 0) / (returns.length - 1))
}
