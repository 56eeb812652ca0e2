const OPEN = { hour: 9, minute: 30 } as const
const CLOSE = { hour: 16, minute: 0 } as const
const newYork = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
})
const sessions = new Map<string, Session>()

/** Start and end of a regular trading session, epoch milliseconds. */
export interface Session {
  readonly openMs: number
  readonly closeMs: number
}

/** The regular session of a date, `2015-03-09`: 09:30 to 16:00 in New York, whichever offset holds that day. */
export function sessionOf(date: string): Session {
  const known = sessions.get(date)
  if (known) return known
  const session = { openMs: newYorkInstant(date, OPEN), closeMs: newYorkInstant(date, CLOSE) }
  sessions.set(date, session)
  return session
}

/** Noon is never inside a change of the clocks, so its offset is that of the whole session. */
function newYorkInstant(date: string, at: { readonly hour: number; readonly minute: number }): number {
  const midnight = Date.parse(`${date}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(midnight)) throw new TypeError(`not a date: ${date}`)
  return midnight + (at.hour * 60 + at.minute) * 60_000 - offsetMs(midnight + 12 * 3_600_000)
}

function offsetMs(instantMs: number): number {
  const part = Object.fromEntries(newYork.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]))
  const wall = Date.UTC(part['year'] ?? 0, (part['month'] ?? 1) - 1, part['day'], part['hour'], part['minute'])
  return wall - instantMs
}
