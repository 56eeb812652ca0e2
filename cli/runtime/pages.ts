import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, globSync, readFileSync, statSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { promisify } from 'node:util'
import { PROJECT_FOLDER } from '../settings.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}
const SECURITY = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** The dashboard's files, built once a version of its sources into `.cache/pages`. */
export async function openPages(): Promise<RequestListener> {
  const folder = await builtPages()
  return (request, response) => serveFile(folder, request, response)
}

async function builtPages(): Promise<string> {
  const sources = globSync(['dashboard/**/*.{ts,tsx,css,html,svg}', 'api/contract.ts', 'package-lock.json'], {
    cwd: PROJECT_FOLDER,
  })
  const hash = createHash('sha256')
  for (const file of sources.filter((f) => !f.includes('dist/') && !f.includes('.test.')).sort())
    hash.update(file).update(readFileSync(join(PROJECT_FOLDER, file)))
  const folder = join(PROJECT_FOLDER, '.cache', 'pages', hash.digest('hex').slice(0, 16))
  if (existsSync(join(folder, 'index.html'))) return folder
  await promisify(execFile)(process.execPath, [join(PROJECT_FOLDER, 'dashboard', 'build.ts'), folder], {
    cwd: PROJECT_FOLDER,
  })
  return folder
}

/** A file of the folder, or the page itself for any address of its own. */
function serveFile(folder: string, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-type': 'text/plain' }).end('only GET\n')
    return
  }
  const path = normalize(decodeURI((request.url ?? '/').split('?')[0] ?? '/'))
  const asked = join(folder, path)
  const isFile = asked.startsWith(folder) && existsSync(asked) && statSync(asked).isFile()
  if (!isFile && extname(path) !== '') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('there is no such file\n')
    return
  }
  const file = isFile ? asked : join(folder, 'index.html')
  const isNamedByContent = path.startsWith('/assets/')
  response.writeHead(200, {
    ...SECURITY,
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache',
  })
  if (request.method === 'HEAD') response.end()
  else createReadStream(file).pipe(response)
}
