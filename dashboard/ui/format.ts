/** Numbers, times and durations as people read them. All times are UTC, minus is U+2212, nothing known is an en dash. */
export const NOTHING = '–'

const MINUS = '\u2212'
const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',')

/** Rounds a decimal string half away from zero, exactly: no double is made of it. `+` goes before a positive where asked. */
export function formatDecimal(text: string | null | undefined, places: number, withSign = false): string {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text ?? '')
  if (match === null) return text === null || text === undefined || text === '' ? NOTHING : text
  const [, sign = '', whole = '0', fraction = ''] = match
  const kept = BigInt(whole + fraction.padEnd(places, '0').slice(0, places))
  const rounded = (fraction[places] ?? '0') >= '5' ? kept + 1n : kept
  const digits = rounded.toString().padStart(places + 1, '0')
  const body = places === 0 ? grouped(digits) : `${grouped(digits.slice(0, -places))}.${digits.slice(-places)}`
  if (rounded === 0n) return body
  return `${sign === '-' ? MINUS : withSign ? '+' : ''}${body}`
}

/** Shares: as many places as are there, at most `placesMax`, none for whole ones. */
export function formatQty(text: string | null | undefined, placesMax = 4): string {
  const fraction = /\.(\d*?)0*$/.exec(text ?? '')?.[1] ?? ''
  return formatDecimal(text, Math.min(fraction.length, placesMax))
}

/** A whole number, grouped; strings keep every digit. */
export function formatCount(count: number | string | null | undefined): string {
  if (count === null || count === undefined) return NOTHING
  return formatDecimal(typeof count === 'number' ? Math.round(count).toString() : count, 0)
}

/** A double with fixed places. */
export function formatNumber(value: number | null | undefined, places: number, withSign = false): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING
  return formatDecimal(value.toFixed(places), places, withSign)
}

/** A share of one as a percentage: 0.31 is "31 %". */
export function formatPercent(share: number | null | undefined, places = 0, withSign = false): string {
  return share === null || share === undefined ? NOTHING : `${formatNumber(share * 100, places, withSign)} %`
}

/** Records per second. */
export function formatRate(perSecond: number | null | undefined): string {
  if (perSecond === null || perSecond === undefined) return NOTHING
  return `${formatNumber(perSecond, perSecond !== 0 && perSecond < 10 ? 1 : 0)}/s`
}

/** A duration in the unit that suits it: "24 ms", "0.4 s", "3 min 12 s", "2 h 5 min", "4 d 2 h". */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return NOTHING
  if (ms < 100) return `${formatNumber(ms, ms > 0 && ms < 10 ? 1 : 0)} ms`
  if (ms < 60_000) return `${formatNumber(ms / 1000, ms < 10_000 ? 1 : 0)} s`
  const seconds = Math.round(ms / 1000)
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${grouped(String(big))} ${bigUnit}` : `${grouped(String(big))} ${bigUnit} ${small} ${smallUnit}`
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  if (seconds < 86_400) return pair(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'min')
  return pair(Math.floor(seconds / 86_400), 'd', Math.floor((seconds % 86_400) / 3600), 'h')
}

const instantOf = (iso: string | null | undefined): Date | null => {
  const at = new Date(iso ?? Number.NaN)
  return Number.isNaN(at.getTime()) ? null : at
}

/** "14:30:07". */
export const formatTime = (iso: string | null | undefined): string =>
  instantOf(iso)?.toISOString().slice(11, 19) ?? NOTHING

/** "2026-11-24". */
export const formatDay = (iso: string | null | undefined): string =>
  instantOf(iso)?.toISOString().slice(0, 10) ?? NOTHING

/** "2026-11-24 14:30:07". The page names the zone once. */
export function formatInstant(iso: string | null | undefined): string {
  const at = instantOf(iso)
  return at === null ? NOTHING : `${at.toISOString().slice(0, 10)} ${at.toISOString().slice(11, 19)}`
}

/** How long before `nowMs`: "2 min 3 s ago". */
export function formatAgo(iso: string | null | undefined, nowMs: number): string {
  const at = instantOf(iso)
  return at === null ? NOTHING : `${formatDuration(Math.max(0, Math.floor((nowMs - at.getTime()) / 1000) * 1000))} ago`
}

/** A count with its noun: "1 order", "3 orders", "2 copies". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** A coded word for people: "single_source" is "single source". */
export const words = (code: string): string => code.replaceAll('_', ' ').toLowerCase()

/** The start of a long id, with an ellipsis; the whole stays in the title. */
export const shortId = (id: string, length = 10): string => (id.length <= length + 1 ? id : `${id.slice(0, length)}…`)
