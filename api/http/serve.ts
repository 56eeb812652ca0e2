import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Server {
  readonly url: string
  readonly port: number
  /** Stops accepting, ends streams, waits for answers under way. */
  close(): Promise<void>
}

export interface Mount {
  /** `/api`; the application sees addresses without it. Empty: everything else. */
  readonly prefix: string
  readonly listener: RequestListener
}

export interface ServeOptions {
  readonly host: string
  readonly port: number
  /** Called first when closing, so that streams end. */
  readonly beforeClose: () => void
}

/** Serves applications under their prefixes. Throws EADDRINUSE where the port is taken. */
export async function serveMounts(mounts: readonly Mount[], options: ServeOptions): Promise<Server> {
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 },
    (req, res) => dispatch(mounts, req, res),
  )
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(options.port, options.host, () => {
      server.off('error', fail)
      done()
    })
  })
  const { port } = server.address() as AddressInfo
  const host = options.host === '0.0.0.0' || options.host === '::' ? '127.0.0.1' : options.host
  return {
    url: `http://${host}:${port}`,
    port,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        options.beforeClose()
        server.closeIdleConnections()
      }),
  }
}

function dispatch(mounts: readonly Mount[], req: IncomingMessage, res: ServerResponse): void {
  const url = req.url ?? '/'
  // `/trading` is a page, `/trading/v1/orders` the API: a prefix is what lies below it.
  const mount = mounts.find(({ prefix }) => prefix === '' || url.startsWith(`${prefix}/`))
  if (!mount) {
    res.writeHead(404, { 'content-type': 'text/plain' }).end('there is nothing here\n')
    return
  }
  const rest = url.slice(mount.prefix.length)
  req.url = rest.startsWith('/') ? rest : `/${rest}`
  mount.listener(req, res)
}
