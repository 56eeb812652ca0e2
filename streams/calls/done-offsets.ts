import { StreamsError } from '../errors.ts'

/** Offsets that are done although older ones are not, as a commit told of them. */
export interface DoneOffsets {
  has(offset: bigint): boolean
  /** After the last of them. */
  readonly end: bigint
}

export const NOTHING_DONE: DoneOffsets = { has: () => false, end: 0n }

/** Bits cost a character for six offsets, whatever is done of them; a list costs some four for each that is not. */
export const BITS_SPREAD_MAX = 8_192n
export const LIST_OPEN_MAX = 300
export const LIST_SPREAD_MAX = 1_000_000n

/**
 * Whether what is done beyond `base` can be told in the metadata of an offset, come what may, once one more record is begun:
 * about 1,400 characters at most, of the 3,000 there are.
 */
export const isTellable = (base: bigint, offset: bigint, open: number): boolean =>
  offset - base < BITS_SPREAD_MAX || (open < LIST_OPEN_MAX && offset - base < LIST_SPREAD_MAX)

/**
 * All offsets from `base` on and before `end` but the open ones, in letters: as bits, or as a list of those that are open,
 * whichever is shorter. Empty where nothing is done beyond the base.
 */
export function encodeDone(base: bigint, end: bigint, open: ReadonlySet<bigint>): string {
  if (end <= base) return ''
  const spread = Number(end - base)
  const places = [...open].flatMap((offset) => (offset >= base && offset < end ? [Number(offset - base)] : []))
  if (places.length === spread) return ''
  places.sort((a, b) => a - b)
  const list = `l${spread.toString(36)}.${places.map((place, i) => (place - (places[i - 1] ?? 0)).toString(36)).join(',')}`
  if (spread > BITS_SPREAD_MAX || list.length * 6 < spread) return list
  const bits = Buffer.alloc(Math.ceil(spread / 8))
  for (const place of places) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7))
  const asBits = `b${spread.toString(36)}.${bits.toString('base64url')}`
  return asBits.length < list.length ? asBits : list
}

/** How many offsets `encodeDone` told to be done. Throws INVALID_STATE where the text is something else. */
export function countDone(text: string): number {
  if (text === '') return 0
  const { kind, spread, body } = partsOf(text)
  if (kind === 'l') return spread - (body === '' ? 0 : body.split(',').length)
  let done = spread
  for (const byte of Buffer.from(body, 'base64url')) for (let bits = byte; bits > 0; bits &= bits - 1) done -= 1
  return done
}

/** Reads what `encodeDone` wrote beside the offset `base`. Throws INVALID_STATE where that was something else. */
export function decodeDone(base: bigint, text: string): DoneOffsets {
  if (text === '') return { ...NOTHING_DONE, end: base }
  const { kind, spread, body } = partsOf(text)
  const open = kind === 'b' ? openInBits(body) : openInList(body)
  return {
    end: base + BigInt(spread),
    has: (offset) => offset >= base && offset < base + BigInt(spread) && !open(Number(offset - base)),
  }
}

function partsOf(text: string): { readonly kind: string; readonly spread: number; readonly body: string } {
  const [, kind, length, body] = /^([bl])([0-9a-z]+)\.(.*)$/.exec(text) ?? []
  if (kind !== undefined && length !== undefined && body !== undefined)
    return { kind, spread: Number.parseInt(length, 36), body }
  throw new StreamsError('INVALID_STATE', `the metadata beside an offset does not tell what is done: ${text}`)
}

function openInBits(body: string): (place: number) => boolean {
  const bits = Buffer.from(body, 'base64url')
  return (place) => ((bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0
}

function openInList(body: string): (place: number) => boolean {
  const open = new Set<number>()
  let place = 0
  for (const delta of body === '' ? [] : body.split(',')) {
    place += Number.parseInt(delta, 36)
    open.add(place)
  }
  return (one) => open.has(one)
}
