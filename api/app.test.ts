import { afterAll, beforeAll, expect, test } from 'vitest'
import { importCompanies, parseCompanyCsv, postgresSink } from '../connectors/index.ts'
import { API_KINDS, API_PREFIXES, type ApiDeps, routesOf, type Server, serveAllApps } from './app.ts'
import type { OrderJson, Page, RecommendationDetail } from './contract.ts'
import { chainRecords } from './testing/chain-records.ts'
import { openTestDatabase } from './testing/open-database.ts'
import { riskRequest } from './testing/risk-request.ts'

let opened: Awaited<ReturnType<typeof openTestDatabase>>
let server: Server
let deps: ApiDeps
let logIsThere = true
const failures: unknown[] = []

beforeAll(async () => {
  opened = await openTestDatabase()
  const { database } = opened
  deps = {
    database,
    engine: {
      graph: () => ({
        name: 'stonks',
        nodes: [{ name: 'parse', kind: 'processor', column: 1, row: 0, from: [], to: [], stores: [], line: 3 }],
        edges: [],
      }),
      status: async () => ({}),
      lag: async () => [],
      rates: async () => ({}),
    },
    mode: 'paper',
    accountId: 'paper',
    importCsv: (text) => importCompanies(database, parseCompanyCsv(text), () => [], new Date(0)),
    dependencies: [
      {
        name: 'log',
        check: async () => {
          if (!logIsThere) throw new Error('secret-broker:9092 refused')
        },
      },
    ],
    metrics: async () => 'up 1\n',
    now: () => new Date('2026-03-02T15:00:00Z'),
    elapsedMs: () => performance.now(),
    onError: (error) => failures.push(error),
  }
  server = await serveAllApps(deps, { host: '127.0.0.1', port: 0 })
  await postgresSink.create({}, { database }).write(chainRecords())
})
afterAll(async () => {
  await server?.close()
  await opened?.close()
})

const call = async (path: string, init?: RequestInit) => {
  const response = await fetch(server.url + path, init)
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text }
}
const post = (path: string, body: unknown, headers = {}, method = 'POST') =>
  call(path, { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })

test('every list answers, and a walk by cursor sees every order once', async () => {
  for (const name of [
    'documents',
    'extractions',
    'signals',
    'recommendations',
    'verdicts',
    'orders',
    'executions',
    'positions',
    'equity',
    'lag',
    'stats',
    'topology',
  ])
    expect((await call(`/api/v1/${name}`)).status, name).toBe(200)
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { body }: { body: Page<OrderJson> } = await call(`/api/v1/orders?limit=1${cursor ? `&cursor=${cursor}` : ''}`)
    seen.push(...body.items.map((o) => o.client_order_id))
    cursor = body.next
  }
  expect(seen).toEqual(['c2', 'c1'])
  const page = await call('/api/v1/orders?limit=1')
  expect((await call(`/api/v1/orders?limit=1&symbol=NVDA&cursor=${page.body.next}`)).status).toBe(400)
})

test('an order leads back to the hash of the bytes, and its quote stands in the text', async () => {
  const { body } = await call('/api/v1/lineage/c1')
  expect(body).toMatchObject({
    order: { client_order_id: 'c1', status: 'filled', filled_qty: '10' },
    verdict: { decision: 'approved' },
    recommendation: { recommendation_id: 'r1' },
    signal: { signal_id: 's1' },
    evidence: [
      { quote_found: true, document: { object_key: 'raw/aa', raw_sha256: 'aa' }, extraction: { extraction_id: 'x1' } },
    ],
  })
  const detail: RecommendationDetail = (await call('/api/v1/recommendations/r1')).body
  expect(detail.orders.map((o) => o.client_order_id)).toEqual(['c1'])
  const document = await call('/api/v1/documents/d1')
  expect(document.body).toMatchObject({
    text: 'NVIDIA raises guidance',
    symbols: ['NVDA'],
    extractions: [{ extraction_id: 'x1' }],
    recommendations: [{ recommendation_id: 'r1' }],
  })
  const again = await call('/api/v1/documents/d1', { headers: { 'if-none-match': document.headers.get('etag') ?? '' } })
  expect(again.status).toBe(304)
})

test('what goes wrong leaves as one shape, with the methods an address has', async () => {
  expect(await call('/api/v1/orders/none')).toMatchObject({ status: 404, body: { code: 'not-found' } })
  expect(await call('/api/nowhere')).toMatchObject({ status: 404, body: { code: 'not-found' } })
  expect(await call('/api/v1/orders?limit=201')).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: 'query/limit' }] },
  })
  const wrong = await call('/api/v1/orders', { method: 'DELETE' })
  expect([wrong.status, wrong.headers.get('allow'), wrong.body.code]).toEqual([
    405,
    'GET, HEAD, OPTIONS',
    'method-not-allowed',
  ])
  expect((await call('/risk/v1/checks', { method: 'POST', body: 'x' })).status).toBe(415)
  expect((await post('/risk/v1/checks', 'x'.repeat(1_100_000))).status).toBe(413)
})

test('a failure of ours names nothing of ours', async () => {
  const broken = {
    ...deps,
    database: { ...deps.database, query: async () => Promise.reject(new Error('password=hunter2 at db.internal')) },
  }
  const other = await serveAllApps(broken, { host: '127.0.0.1', port: 0 })
  const answer = await fetch(`${other.url}/api/v1/orders`)
  expect(answer.status).toBe(500)
  expect(await answer.text()).not.toMatch(/hunter2|db\.internal/)
  await other.close()
})

test('ready turns red when the log is gone, without naming its address', async () => {
  expect((await call('/risk/health/ready')).status).toBe(200)
  logIsThere = false
  const red = await call('/risk/health/ready')
  logIsThere = true
  expect(red.status).toBe(503)
  expect(JSON.stringify(red.body)).not.toContain('9092')
})

test('a check over HTTP, the switch, and what they leave', async () => {
  expect((await post('/trading/v1/halt', { reason: 'drill', by: 'ana' })).body.state).toBe('halted')
  expect((await post('/risk/v1/checks', riskRequest('h1'))).body).toMatchObject({
    decision: 'denied',
    reasons: [{ id: 'R01' }],
  })
  expect((await post('/risk/v1/state/resume', { reason: 'over', by: 'ana' })).body.state).toBe('active')
  expect((await post('/risk/v1/checks', riskRequest('h1', { intent: { qty: '9' as never } }))).status).toBe(409)
  expect((await call('/risk/v1/exposure?account_id=paper')).status).toBe(200)
  expect((await call('/trading/v1/account')).body).toMatchObject({ mode: 'paper', state: { state: 'halted' } })
})

test('a company changes only from the version that was read, and each change goes to the outbox', async () => {
  const company = {
    company_id: 'us-acme',
    name: 'Acme',
    symbols: [{ symbol: 'ACME' }],
    aliases: [{ alias: 'Acme Corp', strength: 'strong' }],
  }
  const made = await post('/registry/v1/companies', company)
  expect([made.status, made.headers.get('etag')]).toEqual([201, '"1"'])
  expect((await post('/registry/v1/companies', company)).status).toBe(409)
  const { company_id: _, ...rest } = company
  expect((await post('/registry/v1/companies/us-acme', rest, {}, 'PUT')).status).toBe(428)
  expect((await post('/registry/v1/companies/us-acme', rest, { 'if-match': '"7"' }, 'PUT')).status).toBe(412)
  expect((await post('/registry/v1/companies/us-acme', rest, { 'if-match': '"1"' }, 'PUT')).body.version).toBe(2)
  expect(
    (await call('/registry/v1/companies/us-acme', { method: 'DELETE', headers: { 'if-match': '"2"' } })).status,
  ).toBe(204)
  const csv = await call('/registry/v1/companies/import', {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: 'symbol,name,sector\nIBM,IBM,Technology\n',
  })
  expect(csv.body).toEqual({ added: 1 })
  const rows = await deps.database.query(`select company_id, record is null as gone from registry_outbox order by seq`)
  expect(rows).toEqual([
    { company_id: 'us-acme', gone: false },
    { company_id: 'us-acme', gone: false },
    { company_id: 'us-acme', gone: true },
    { company_id: 'us-ibm', gone: false },
  ])
  const source = {
    source_type: 'rss',
    url: 'https://example.com/feed',
    cadence_seconds: 60,
    credibility: 0.5,
    enabled: true,
  }
  expect((await post('/registry/v1/sources/example', source, {}, 'PUT')).body).toMatchObject({
    version: 1,
    enabled: true,
  })
  expect((await post('/registry/v1/sources/example', { ...source, url: 'file:///etc/passwd' }, {}, 'PUT')).status).toBe(
    400,
  )
})

test('live begins with a snapshot and goes on with what is new', async () => {
  const gone = new AbortController()
  const response = await fetch(`${server.url}/api/v1/live`, { signal: gone.signal })
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString()
    if (text.includes('event: changes')) break
  }
  gone.abort()
  expect(text).toMatch(/^retry: 2000\n\nid: 1\nevent: snapshot\ndata: \{/)
})

test('each API documents every route with its errors, and its pages come from here alone', async () => {
  for (const kind of API_KINDS) {
    const { body } = await call(`${API_PREFIXES[kind]}/openapi.json`)
    expect(body.openapi).toMatch(/^3\.1/)
    for (const route of routesOf(kind, deps)) {
      const operation = body.paths[route.path]?.[route.method]
      expect(operation?.operationId, `${kind} ${route.path}`).toBe(route.operationId)
      expect(Object.keys(operation.responses).some((status) => Number(status) >= 500)).toBe(true)
      if (route.params || route.query || route.body) expect(operation.responses).toHaveProperty('400')
    }
    const docs = await call(`${API_PREFIXES[kind]}/docs`)
    expect(docs.headers.get('content-security-policy')).toMatch(/default-src 'none'/)
    expect(docs.body).not.toMatch(/https?:\/\//)
    expect((await call(`${API_PREFIXES[kind]}/docs/swagger-ui-bundle.js`)).status).toBe(200)
  }
})
