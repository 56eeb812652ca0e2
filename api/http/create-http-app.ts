import { createHash, randomUUID } from 'node:crypto'
import { Router } from '@koa/router'
import Koa, { type ParameterizedContext } from 'koa'
import type { z } from 'zod'
import { docsRoutes } from './docs.ts'
import { openApiOf } from './openapi.ts'
import { errorBoundary, Problem } from './problem.ts'
import { parseJsonBody, readBody } from './read-body.ts'
import type { Answer, Route } from './route.ts'

export interface HttpAppOptions {
  readonly title: string
  readonly routes: readonly Route[]
  /** A failure that is ours, with the id the client was given. */
  readonly onError: (error: unknown, requestId: string) => void
  /** Ends open streams when the server closes. */
  readonly closing: AbortSignal
}

type Context = ParameterizedContext

/** A Koa application over routes, with its OpenAPI document, `/docs`, 405 with Allow, request ids and one error shape. */
export function createHttpApp(options: HttpAppOptions): Koa {
  const app = new Koa()
  app.on('error', (error: unknown, ctx?: Context) => options.onError(error, String(ctx?.state['requestId'] ?? '')))
  app.use(named).use(errorBoundary)
  const router = new Router()
  for (const r of options.routes)
    router.register(koaPath(r.path), [r.method], (ctx) => answer(ctx as unknown as Context, r, options.closing))
  const document = JSON.stringify(openApiOf(options.title, options.routes))
  router.get('/openapi.json', (ctx) => {
    ctx.type = 'application/json'
    ctx.body = document
  })
  docsRoutes(router)
  app.use(allowedMethods(router)).use(router.routes() as unknown as Koa.Middleware)
  return app
}

const koaPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1')

async function named(ctx: Context, next: () => Promise<unknown>): Promise<void> {
  const sent = ctx.get('x-request-id')
  const requestId = /^[\w.:-]{1,64}$/.test(sent) ? sent : randomUUID()
  ctx.state['requestId'] = requestId
  ctx.set('X-Request-Id', requestId)
  ctx.set('X-Content-Type-Options', 'nosniff')
  ctx.set('Cache-Control', 'no-store')
  await next()
}

/** 405 for every method an address does not have, TRACE and unknown ones too, which the router would answer with 501. */
function allowedMethods(router: Router): Koa.Middleware {
  return async (ctx, next) => {
    const { path, pathAndMethod } = router.match(ctx.path, ctx.method)
    if (path.length === 0 || pathAndMethod.length > 0) return next()
    const allow = [...new Set([...path.flatMap((layer) => layer.methods), 'OPTIONS'])].sort().join(', ')
    ctx.set('Allow', allow)
    if (ctx.method !== 'OPTIONS') throw new Problem('method-not-allowed', `${ctx.path} takes ${allow}`)
    ctx.status = 204
  }
}

async function answer(ctx: Context, r: Route, closing: AbortSignal): Promise<void> {
  const body = r.body ? await bodyOf(ctx, r, r.body) : {}
  const gone = new AbortController()
  ctx.res.once('close', () => gone.abort())
  const signal = AbortSignal.any([gone.signal, closing])
  const given = await r.handle({
    params: parse(r.params, ctx['params'] ?? {}, 'path'),
    query: parse(r.query, { ...ctx.query }, 'query'),
    body,
    headers: ctx.headers,
    requestId: ctx.state['requestId'],
    signal,
  } as never)
  send(ctx, r, given, signal)
}

async function bodyOf(ctx: Context, r: Route, schema: z.ZodType): Promise<unknown> {
  const mediaType = r.bodyType ?? 'application/json'
  const raw = await readBody(ctx.req, mediaType)
  return parse(schema, mediaType === 'application/json' ? parseJsonBody(raw) : raw, 'body')
}

function parse(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (!schema) return {}
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((i) => ({ pointer: `${where}/${i.path.join('/')}`, detail: i.message }))
  throw new Problem('bad-request', `${where}: ${errors.map((e) => `${e.pointer}: ${e.detail}`).join('; ')}`, { errors })
}

function send(ctx: Context, r: Route, given: Answer, signal: AbortSignal): void {
  ctx.status = given.status ?? r.status
  for (const [name, value] of Object.entries(given.headers ?? {})) ctx.set(name, value)
  if (given.stream) {
    stream(ctx, given.stream, signal)
    return
  }
  if (given.body === undefined) {
    ctx.body = null
    return
  }
  const text = typeof given.body === 'string' ? given.body : JSON.stringify(given.body)
  ctx.type = r.answerType ?? 'application/json'
  if (r.immutable) {
    const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`
    ctx.set('ETag', tag)
    ctx.set('Cache-Control', 'private, max-age=5, must-revalidate')
    // By the tag alone: `ctx.fresh` also takes `no-cache` of the request as a wish for the whole body.
    if (
      ctx
        .get('if-none-match')
        .split(/,\s*/)
        .some((sent) => sent === '*' || sent.replace(/^W\//, '') === tag)
    ) {
      ctx.status = 304
      return
    }
  }
  ctx.body = text
}

function stream(ctx: Context, start: NonNullable<Answer['stream']>, signal: AbortSignal): void {
  ctx.respond = false
  const { res } = ctx
  res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  signal.addEventListener('abort', () => res.end(), { once: true })
  start((chunk) => res.write(chunk), signal)
}
