const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000
const partsOf = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
})
export const SESSION_MINUTES = 390

/** 09:30 in New York on a date (`2026-03-02`), epoch milliseconds; summer time considered. */
export function sessionOpenMs(date: string): number {
  const asUtc = Date.parse(`${date}T09:30:00Z`)
  if (Number.isNaN(asUtc)) throw new RangeError(`not a date: ${date}; write it as 2026-03-02`)
  const parts = Object.fromEntries(partsOf.formatToParts(asUtc).map((part) => [part.type, Number(part.value)]))
  const local = Date.UTC(parts['year'] ?? 0, (parts['month'] ?? 1) - 1, parts['day'], parts['hour'], parts['minute'])
  return asUtc + (asUtc - local)
}

/** The `count` weekdays before a date, earliest first. */
export function weekdaysBefore(date: string, count: number): string[] {
  const days: string[] = []
  for (let at = Date.parse(`${date}T12:00:00Z`) - DAY_MS; days.length < count; at -= DAY_MS) {
    const day = new Date(at)
    if (day.getUTCDay() % 6 !== 0) days.unshift(day.toISOString().slice(0, 10))
  }
  return days
}

export const minuteAt = (openMs: number, minute: number): number => openMs + minute * MINUTE_MS
