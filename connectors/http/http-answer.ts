/** What a server gave us to ask more cheaply next time. */
export interface Validators {
  readonly etag: string | undefined
  readonly lastModified: string | undefined
}

/** A vendor's throttle, an empty page, nothing new and an outage are different facts, and each is told. */
export type HttpAnswer =
  | {
      readonly kind: 'content'
      readonly status: number
      /** Decompressed. */
      readonly bytes: Uint8Array
      readonly contentType: string
      readonly url: string
      readonly validators: Validators
    }
  | { readonly kind: 'empty'; readonly reason: string }
  | { readonly kind: 'unchanged'; readonly reason: string }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number; readonly reason: string }
  /** Asking again will not help: a status of 4xx, an address we do not fetch, a body beyond the limit. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody answered properly; asking again later may help. */
  | { readonly kind: 'outage'; readonly reason: string }

export interface HttpRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly validators?: Validators
}
export type PoliteFetch = (request: HttpRequest) => Promise<HttpAnswer>

const RETRY_AFTER_DEFAULT_MS = 60_000
const RETRY_AFTER_MAX_MS = 3_600_000

/** `Retry-After` in seconds or as a date, in milliseconds from now; a minute where it is missing, an hour at most. */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return RETRY_AFTER_DEFAULT_MS
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS) : RETRY_AFTER_DEFAULT_MS
}
