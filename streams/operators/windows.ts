import { StreamsError } from '../errors.ts'
import type { Window } from './flow-record.ts'

/** Windows of one length on a grid: tumbling where they lie side by side, hopping where they overlap. */
export interface TimeWindows {
  readonly kind: 'time'
  readonly sizeMs: number
  readonly advanceMs: number
  readonly graceMs: number
}

/** A window for each different set of records that lie within `spanMs`; both ends belong to it. */
export interface SlidingWindows {
  readonly kind: 'sliding'
  readonly spanMs: number
  readonly graceMs: number
}

/** Records of a key with no gap above `gapMs` between them. */
export interface SessionWindows {
  readonly kind: 'session'
  readonly gapMs: number
  readonly graceMs: number
}

export type Windows = TimeWindows | SlidingWindows | SessionWindows

/** Windows side by side, each from its start to just before its end. Throws TOPOLOGY_INVALID. */
export function tumbling({ sizeMs, graceMs }: { readonly sizeMs: number; readonly graceMs: number }): TimeWindows {
  return hopping({ sizeMs, advanceMs: sizeMs, graceMs })
}

/** Windows that begin every `advanceMs` and overlap. Throws TOPOLOGY_INVALID. */
export function hopping(options: Omit<TimeWindows, 'kind'>): TimeWindows {
  requireWhole('sizeMs', options.sizeMs, 1)
  requireWhole('advanceMs', options.advanceMs, 1)
  requireWhole('graceMs', options.graceMs, 0)
  if (options.advanceMs > options.sizeMs)
    throw invalid(
      `windows of ${options.sizeMs} ms cannot begin every ${options.advanceMs} ms: records would be in none`,
    )
  return { kind: 'time', ...options }
}

/** Throws TOPOLOGY_INVALID. */
export function sliding(options: Omit<SlidingWindows, 'kind'>): SlidingWindows {
  requireWhole('spanMs', options.spanMs, 0)
  requireWhole('graceMs', options.graceMs, 0)
  return { kind: 'sliding', ...options }
}

/** Throws TOPOLOGY_INVALID. */
export function sessions(options: Omit<SessionWindows, 'kind'>): SessionWindows {
  requireWhole('gapMs', options.gapMs, 0)
  requireWhole('graceMs', options.graceMs, 0)
  return { kind: 'session', ...options }
}

/** Windows a time lies in, the earliest first. None begins before 1970. */
export function windowsAt({ sizeMs, advanceMs }: TimeWindows, timestampMs: number): readonly Window[] {
  const windows: Window[] = []
  const first = Math.max(0, Math.floor((timestampMs - sizeMs + advanceMs) / advanceMs) * advanceMs)
  for (let startMs = first; startMs <= timestampMs; startMs += advanceMs)
    windows.push({ startMs, endMs: startMs + sizeMs })
  return windows
}

/** The time at which a window is closed: records that come later do not change it any more. */
export function closesAtMs(windows: Windows, { endMs }: Window): number {
  if (windows.kind === 'time') return endMs + windows.graceMs
  if (windows.kind === 'sliding') return endMs + windows.graceMs + 1
  return endMs + windows.gapMs + windows.graceMs + 1
}

function requireWhole(name: string, value: number, min: number): void {
  if (!Number.isSafeInteger(value) || value < min)
    throw invalid(`${name} is ${value}; it must be a whole number of milliseconds, ${min} or more`)
}

const invalid = (message: string): StreamsError => new StreamsError('TOPOLOGY_INVALID', message)
