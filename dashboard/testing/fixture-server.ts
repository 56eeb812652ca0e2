import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import type { RiskStateJson } from '../data/wire.ts'
import { DENIED, DOCUMENT, EQUITY, EXECUTIONS, ORDERS, POSITIONS, RECOMMENDATION, RECOMMENDATIONS } from './records.ts'
import { ACTIVE, SNAPSHOT } from './topology.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
// As the web server in front sends it, so that a page that breaks it is seen here.
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'"

const page = (items: readonly unknown[]): object => ({ items, next: null })

function answerOf(path: string): object | null {
  const [kind, id] = path.split('/').slice(3)
  if (kind === 'recommendations' && id !== undefined)
    return RECOMMENDATIONS.find((r) => r.recommendation_id === id) ?? null
  if (kind === 'documents' && id === DOCUMENT.document_id) return DOCUMENT
  const lists: Readonly<Record<string, object>> = {
    recommendations: { items: RECOMMENDATIONS, next: 'older' },
    orders: page(ORDERS),
    executions: page(EXECUTIONS),
    positions: page(POSITIONS),
    verdicts: page(DENIED),
    equity: { account_id: 'paper-1', items: EQUITY },
    recommendation: RECOMMENDATION,
  }
  return (id === undefined ? lists[kind ?? ''] : undefined) ?? null
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' })
  response.end(JSON.stringify(body))
}

/** The built pages with sample records behind them: enough to look at every page without an engine. */
export function fixtureServer(pages: string): Server {
  let state: RiskStateJson = ACTIVE
  const live = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    const send = (event: string, data: object): void =>
      void response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    send('snapshot', { ...SNAPSHOT, state })
    const timer = setInterval(
      () =>
        send('changes', {
          as_of: SNAPSHOT.as_of,
          topology: null,
          state,
          documents: [],
          signals: [],
          recommendations: [],
          orders: [],
        }),
      1_000,
    )
    response.on('close', () => clearInterval(timer))
  }
  const halt = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { reason, by } = JSON.parse(body) as { reason: string; by: string }
    state = {
      ...state,
      state: 'halted',
      reason,
      changed_by: by,
      epoch: state.epoch + 1,
      changed_at: '2026-11-24T14:31:09.000Z',
    }
    json(response, 200, state)
  }
  const file = async (path: string, response: ServerResponse): Promise<void> => {
    const name = path.includes('.') ? normalize(path) : '/index.html'
    const bytes = await readFile(join(pages, name)).catch(() => null)
    if (bytes === null) return json(response, 404, { title: 'Not found', status: 404 })
    response.writeHead(200, {
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    })
    response.end(bytes)
  }
  return createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (path === '/api/v1/live') return live(response)
    if (path === '/risk/v1/state/halt') return void halt(request, response)
    if (!path.startsWith('/api/')) return void file(path, response)
    const answer = answerOf(path)
    if (answer !== null) return json(response, 200, answer)
    json(response, 404, {
      title: 'Not found',
      status: 404,
      code: 'NOT_FOUND',
      detail: `There is no ${path}.`,
      request_id: 'req-1',
    })
  })
}
