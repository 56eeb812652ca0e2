import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'
import type { Clock } from '../../streams/index.ts'
import { type HttpAnswer, type HttpRequest, type PoliteFetch, retryAfterMs } from './http-answer.ts'
import { isPrivateAddress } from './private-address.ts'
import { ACCEPTED_ENCODINGS, BodyTooLargeError, readBody } from './read-body.ts'
import { TokenBucket } from './token-bucket.ts'

export interface PoliteFetchOptions {
  /** Name and e-mail of who runs this; part of the User-Agent, which the SEC asks for. */
  readonly contact: string
  readonly clock: Clock
  /** Lets tests and development reach this machine; never set where sources come from users. */
  readonly allowLoopback?: boolean
  /** Requests a second by host or parent domain, `sec.gov`; all hosts below share it. */
  readonly ratesPerSecond?: Readonly<Record<string, number>>
  readonly maxBytes?: number
  readonly timeoutMs?: number
}

const RATES = { 'sec.gov': 5 } as const
const RATE_OTHERS = 2
const MAX_BYTES = 10 * 1024 * 1024
const TIMEOUT_MS = 15_000
const MAX_REDIRECTS = 3
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Headers meant for the host that was asked, and nobody it sends us to. */
const PRIVATE_HEADERS = ['authorization', 'cookie']

/** A request waits so long for its turn; beyond that the caller is told to come back. */
const QUEUE_PATIENCE_MS = 60_000

class BudgetSpentError extends Error {
  override readonly name = 'BudgetSpentError'
  readonly waitMs: number
  constructor(host: string, waitMs: number) {
    super(`the budget of ${host} is spent for ${Math.ceil(waitMs / 1000)} s`)
    this.waitMs = waitMs
  }
}

class BlockedAddressError extends Error {
  override readonly name = 'BlockedAddressError'
}

/** GET within limits of size, time, redirects and rate, to public addresses only. Never throws: each outcome is an answer. */
export function openPoliteFetch(options: PoliteFetchOptions): PoliteFetch & { close(): Promise<void> } {
  const { allowLoopback = false, timeoutMs = TIMEOUT_MS } = options
  // Loaded with the first request: a start that fetches nothing does not wait for its 110 modules.
  const open = async () => {
    const { Agent, request } = await import('undici')
    const dispatcher = new Agent({ connect: { lookup: guardedLookup(allowLoopback), timeout: timeoutMs } })
    return { dispatcher, request }
  }
  let opened: ReturnType<typeof open> | undefined
  const bucketOf = bucketsBy({ ...RATES, ...options.ratesPerSecond }, options.clock)

  const fetchOnce = async (asked: HttpRequest): Promise<Dispatcher.ResponseData> => {
    const url = checkUrl(asked.url, allowLoopback)
    const bucket = bucketOf(url.hostname)
    if (bucket.waitMs() > QUEUE_PATIENCE_MS) throw new BudgetSpentError(url.hostname, bucket.waitMs())
    await bucket.take()
    // The time of a request begins at its turn and ends with its body.
    const signal = AbortSignal.timeout(timeoutMs)
    opened ??= open()
    const { dispatcher, request } = await opened
    return request(url, { dispatcher, signal, headers: headersOf(asked, options.contact) })
  }
  const fetch = async (asked: HttpRequest): Promise<HttpAnswer> => {
    try {
      const { response, url } = await follow(asked, fetchOnce)
      const answer = await toAnswer(response, url, options)
      if (answer.kind === 'throttled') bucketOf(new URL(url).hostname).pauseFor(answer.retryAfterMs)
      return answer
    } catch (error) {
      return failureOf(error as Error, asked.url)
    }
  }
  return Object.assign(fetch, { close: async () => (await opened)?.dispatcher.close() })
}

/** The address that is checked is the address that is connected to: a second look-up could answer otherwise. */
function guardedLookup(allowLoopback: boolean): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    systemLookup(hostname, { ...lookupOptions, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, '', 0)
      const blocked = addresses.find(({ address }) => isPrivateAddress(address, allowLoopback))
      if (blocked) return callback(blockedAddress(hostname, blocked.address), '', 0)
      const [first] = addresses
      if (lookupOptions.all) return callback(null, addresses)
      return callback(null, first?.address ?? '', first?.family ?? 0)
    })
  }
}

const blockedAddress = (host: string, address: string): BlockedAddressError =>
  new BlockedAddressError(`${host} is at ${address}, a private or reserved address`)

function checkUrl(text: string, allowLoopback: boolean): URL {
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new BlockedAddressError(`${url.protocol} is not fetched, only http and https`)
  if (url.username !== '' || url.password !== '')
    throw new BlockedAddressError('an address with a password in it is not fetched')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && isPrivateAddress(host, allowLoopback)) throw blockedAddress(host, host)
  return url
}

function headersOf(asked: HttpRequest, contact: string): Record<string, string> {
  const { etag, lastModified } = asked.validators ?? {}
  return {
    'user-agent': `stonks-oracle/0.1 (${contact})`,
    'accept-encoding': ACCEPTED_ENCODINGS,
    ...(etag && { 'if-none-match': etag }),
    ...(lastModified && { 'if-modified-since': lastModified }),
    ...asked.headers,
  }
}

async function follow(
  asked: HttpRequest,
  fetchOnce: (next: HttpRequest) => Promise<Dispatcher.ResponseData>,
): Promise<{ readonly response: Dispatcher.ResponseData; readonly url: string }> {
  let next = asked
  for (let redirects = 0; ; redirects++) {
    const response = await fetchOnce(next)
    const location = header(response, 'location')
    if (!REDIRECTS.has(response.statusCode) || location === undefined) return { response, url: next.url }
    await response.body.dump()
    if (redirects >= MAX_REDIRECTS) throw new BlockedAddressError(`more than ${MAX_REDIRECTS} redirects`)
    next = redirected(next, new URL(location, next.url))
  }
}

function redirected(from: HttpRequest, to: URL): HttpRequest {
  if (new URL(from.url).origin === to.origin) return { ...from, url: to.href }
  const headers = Object.entries(from.headers ?? {}).filter(([name]) => !PRIVATE_HEADERS.includes(name.toLowerCase()))
  return { url: to.href, headers: Object.fromEntries(headers) }
}

async function toAnswer(
  response: Dispatcher.ResponseData,
  url: string,
  options: PoliteFetchOptions,
): Promise<HttpAnswer> {
  const { statusCode: status } = response
  const retryAfter = header(response, 'retry-after')
  if (status < 200 || status > 299) {
    await response.body.dump()
    const reason = `${url} answered ${status}`
    if (status === 304) return { kind: 'unchanged', reason }
    if (status === 429 || (status === 503 && retryAfter !== undefined)) {
      return { kind: 'throttled', retryAfterMs: retryAfterMs(retryAfter, options.clock.now()), reason }
    }
    return { kind: status >= 500 || status === 408 ? 'outage' : 'refused', reason }
  }
  const bytes = await readBody(response.body, header(response, 'content-encoding'), options.maxBytes ?? MAX_BYTES)
  if (bytes.length === 0) return { kind: 'empty', reason: `${url} answered ${status} with nothing in it` }
  const validators = { etag: header(response, 'etag'), lastModified: header(response, 'last-modified') }
  return {
    kind: 'content',
    status,
    bytes,
    contentType: header(response, 'content-type') ?? 'application/octet-stream',
    url,
    validators,
  }
}

function header(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function failureOf(error: Error, url: string): HttpAnswer {
  if (error instanceof BudgetSpentError) return { kind: 'throttled', retryAfterMs: error.waitMs, reason: error.message }
  const cause = error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
  const final = error instanceof BlockedAddressError || error instanceof BodyTooLargeError || error instanceof TypeError
  return { kind: final ? 'refused' : 'outage', reason: `${url}: ${cause || error.name}` }
}

/** The bucket of a host: that of the longest domain in `rates` it lies under, else its own. */
function bucketsBy(rates: Readonly<Record<string, number>>, clock: Clock): (host: string) => TokenBucket {
  const buckets = new Map<string, TokenBucket>()
  const domains = Object.keys(rates).sort((a, b) => b.length - a.length)
  return (host) => {
    const domain = domains.find((d) => host === d || host.endsWith(`.${d}`)) ?? host
    const bucket = buckets.get(domain) ?? new TokenBucket(rates[domain] ?? RATE_OTHERS, clock)
    buckets.set(domain, bucket)
    return bucket
  }
}
