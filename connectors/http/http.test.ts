import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../streams/index.ts'
import { retryAfterMs } from './http-answer.ts'
import { openPoliteFetch } from './polite-fetch.ts'
import { isPrivateAddress } from './private-address.ts'
import { TokenBucket } from './token-bucket.ts'

const seen: IncomingMessage[] = []
const pages: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/page': (request, response) => {
    if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end()
    else
      response
        .writeHead(200, { etag: '"v1"', 'content-type': 'text/html', 'content-encoding': 'gzip' })
        .end(gzipSync('hello'))
  },
  '/empty': (_request, response) => response.writeHead(200).end(),
  '/throttled': (_request, response) => response.writeHead(429, { 'retry-after': '7' }).end('slow down'),
  '/outage': (_request, response) => response.writeHead(500).end(),
  '/gone': (_request, response) => response.writeHead(404).end(),
  '/bomb': (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))),
  '/loop': (_request, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/away': (_request, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  '/moved': (_request, response) => response.writeHead(301, { location: '/page' }).end(),
  '/slow': () => {},
  '/hangup': (request) => request.socket.destroy(),
}
let server: Server
let base = ''
beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request)
    pages[request.url ?? '']?.(request, response)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const options = {
  contact: 'Jo Doe jo@example.org',
  clock: systemClock,
  ratesPerSecond: { '127.0.0.1': 1000, localhost: 1000 },
}
const open = (more: object = {}) => openPoliteFetch({ ...options, allowLoopback: true, ...more })

test('a page comes back unpacked, with what to ask with next time; then nothing is new', async () => {
  const fetch = open()
  const answer = await fetch({ url: `${base}/page` })
  if (answer.kind !== 'content') throw new Error(answer.reason)
  expect([Buffer.from(answer.bytes).toString(), answer.contentType]).toEqual(['hello', 'text/html'])
  expect((await fetch({ url: `${base}/page`, validators: answer.validators })).kind).toBe('unchanged')
  expect(seen.at(-1)?.headers['user-agent']).toBe('stonks-oracle/0.1 (Jo Doe jo@example.org)')
})

test.each([
  ['/empty', { kind: 'empty' }],
  ['/throttled', { kind: 'throttled', retryAfterMs: 7000 }],
  ['/outage', { kind: 'outage' }],
  ['/hangup', { kind: 'outage' }],
  ['/gone', { kind: 'refused' }],
  ['/loop', { kind: 'refused', reason: expect.stringContaining('more than 3 redirects') }],
  ['/away', { kind: 'refused', reason: expect.stringContaining('169.254.169.254, a private or reserved address') }],
  ['/moved', { kind: 'content', url: expect.stringContaining('/page') }],
])('%s is told as what it is', async (path, expected) => {
  expect(await open()({ url: base + path })).toMatchObject(expected)
})

test('a body that unpacks beyond the limit is refused', async () => {
  const answer = await open({ maxBytes: 100_000 })({ url: `${base}/bomb` })
  expect(answer).toMatchObject({ kind: 'refused', reason: expect.stringContaining('larger than 100000 bytes') })
})

test('a name that leads to this machine is refused unless allowed', async () => {
  const fetch = openPoliteFetch(options)
  const port = new URL(base).port
  for (const url of [
    base,
    `http://localhost:${port}/page`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    'file:///etc/passwd',
    'http://u:p@example.org/',
  ]) {
    expect((await fetch({ url })).kind, url).toBe('refused')
  }
})

test('private addresses are known in every form', () => {
  const inside = [
    '10.1.2.3',
    '169.254.1.1',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '100.64.0.1',
    'nonsense',
  ]
  for (const address of inside) expect(isPrivateAddress(address, false), address).toBe(true)
  for (const address of ['8.8.8.8', '2606:4700::1111']) expect(isPrivateAddress(address, false), address).toBe(false)
})

test('a budget is shared in order, and a pause is kept by all', async () => {
  let now = 0
  const waits: number[] = []
  const bucket = new TokenBucket(5, { now: () => now, sleep: async (ms) => void waits.push(ms) })
  for (let i = 0; i < 8; i++) await bucket.take()
  expect(waits).toEqual([200, 400, 600])
  now = 10_000
  bucket.pauseFor(3000)
  await bucket.take()
  expect(waits.at(-1)).toBe(3000)
})

test('Retry-After is read as seconds or as a date', () => {
  const now = Date.parse('2025-01-01T00:00:00Z')
  expect(['5', 'Wed, 01 Jan 2025 00:00:30 GMT', undefined, 'soon', '999999'].map((h) => retryAfterMs(h, now))).toEqual([
    5000, 30_000, 60_000, 60_000, 3_600_000,
  ])
})
