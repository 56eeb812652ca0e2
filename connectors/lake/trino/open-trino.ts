import { setTimeout as sleep } from 'node:timers/promises'
import { type Json, parseJson } from '../lossless-json.ts'

export interface TrinoOptions {
  /** `http://host:port` */
  readonly url: string
  readonly user?: string
  readonly fetch?: typeof fetch
}

export interface TrinoAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** As Trino wrote them: decimals and times as text, whole numbers exact. */
  readonly rows: readonly (readonly Json[])[]
}

/** Trino refused or failed a query; `code` is its own name for why, `SYNTAX_ERROR`. */
export class TrinoError extends Error {
  override readonly name = 'TrinoError'
  readonly code: string
  constructor(code: string, message: string) {
    super(`trino: ${code}: ${message}`)
    this.code = code
  }
}

/** Asks Trino, https://trino.io/docs/current/develop/client-protocol.html. */
export interface Trino {
  /** Rows of a statement, in one piece. The query is cancelled there when `signal` aborts. Throws TrinoError. */
  query(sql: string, signal?: AbortSignal): Promise<TrinoAnswer>
}

interface Page {
  readonly id?: string
  readonly nextUri?: string
  readonly columns?: TrinoAnswer['columns']
  readonly data?: TrinoAnswer['rows']
  readonly error?: { readonly errorName: string; readonly message: string }
}

/** Answers that mean "ask again" by the protocol. */
const BUSY = new Set([429, 502, 503, 504])
const BUSY_WAIT_MS = 100
const BUSY_MAX = 100

export function openTrino({ url, user = 'stonks', fetch: ask = fetch }: TrinoOptions): Trino {
  // Without the capability Trino rounds times to milliseconds.
  const headers = { 'X-Trino-User': user, 'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME' }

  async function page(at: string, init: RequestInit): Promise<Page> {
    for (let tried = 0; ; tried++) {
      const response = await ask(at, { ...init, headers })
      const text = await response.text()
      if (response.ok) return parseJson(text) as unknown as Page
      if (!BUSY.has(response.status) || tried >= BUSY_MAX) throw new TrinoError(`HTTP_${response.status}`, text)
      await sleep(BUSY_WAIT_MS)
    }
  }

  return {
    async query(sql, signal) {
      signal?.throwIfAborted()
      let current = await page(`${url}/v1/statement`, { method: 'POST', body: sql })
      let columns: TrinoAnswer['columns'] = []
      const rows: TrinoAnswer['rows'][number][] = []
      for (;;) {
        const { id, nextUri, columns: named, data, error } = current
        if (error) throw new TrinoError(error.errorName, error.message)
        columns = named ?? columns
        for (const row of data ?? []) rows.push(row)
        if (nextUri === undefined) return { columns, rows }
        if (signal?.aborted) {
          await ask(`${url}/v1/query/${id}`, { method: 'DELETE', headers })
          signal.throwIfAborted()
        }
        current = await page(nextUri, {})
      }
    },
  }
}
