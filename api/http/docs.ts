import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Router } from '@koa/router'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>
`
const START = "SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })\n"

/** `/docs` from the package itself, nothing from elsewhere. Addresses are relative: the API may lie under a prefix. */
export function docsRoutes(router: Router): void {
  const files = new Map<string, { readonly type: string; read: () => Buffer | string }>([
    ['start.js', { type: 'text/javascript', read: () => START }],
    ['swagger-ui-bundle.js', { type: 'text/javascript', read: () => asset('swagger-ui-bundle.js') }],
    ['swagger-ui.css', { type: 'text/css', read: () => asset('swagger-ui.css') }],
  ])
  router.get('/docs', (ctx) => {
    ctx.set('Content-Security-Policy', POLICY)
    ctx.type = 'text/html'
    ctx.body = PAGE
  })
  router.get('/docs/:file', (ctx) => {
    const file = files.get(String(ctx['params']['file']))
    if (!file) return
    ctx.set('Content-Security-Policy', POLICY)
    ctx.set('Cache-Control', 'public, max-age=3600')
    ctx.type = file.type
    ctx.body = file.read()
  })
}

const folder = join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..')
const read = new Map<string, Buffer>()
function asset(name: string): Buffer {
  const held = read.get(name) ?? readFileSync(join(folder, name))
  read.set(name, held)
  return held
}
