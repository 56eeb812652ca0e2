import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaConnection } from '../../kafka/connection.ts'
import type { Api } from '../protocol/api.ts'
import { Backoff } from './backoff.ts'
import { ConnectionError } from './connection-error.ts'
import { type OpenConnection, openConnection, tooOld } from './open-connection.ts'

const RECONNECT_FIRST_MS = 50
const RECONNECT_MAX_MS = 1_000

/** What a connection is for: requests that wait at the broker would hold back those behind them. */
export type Purpose = 'requests' | 'fetching' | 'group'

interface Line {
  open: Promise<OpenConnection> | undefined
  opened: OpenConnection | undefined
  readonly backoff: Backoff
  notBeforeMs: number
}

/** The connections of one client, by address and purpose; broken ones are opened again when they are next needed. */
export class BrokerPool {
  readonly #client: KafkaConnection
  readonly #random: () => number
  readonly #lines = new Map<string, Line>()
  #closed = false

  constructor(client: KafkaConnection, random: () => number) {
    this.#client = client
    this.#random = random
  }

  /** @throws ConnectionError, RefusedError */
  async open(host: string, port: number, purpose: Purpose): Promise<OpenConnection> {
    const key = `${host}:${port} ${purpose}`
    const line = this.#lines.get(key) ?? this.#addLine(key)
    const opened = line.opened
    if (opened?.connection.isOpen && opened.connection.expiresAtMs > performance.now()) return opened
    line.open ??= this.#reopen(line, host, port).finally(() => {
      line.open = undefined
    })
    return line.open
  }

  async request<Q, A>(at: OpenConnection, api: Api<Q, A>, body: Q, timeoutMs?: number): Promise<A> {
    if (!at.features.supports(api)) throw tooOld(at.connection.address, api)
    return at.connection.request(api, body, timeoutMs)
  }

  close(): void {
    this.#closed = true
    for (const { opened } of this.#lines.values()) opened?.connection.close()
  }

  #addLine(key: string): Line {
    const backoff = new Backoff(RECONNECT_FIRST_MS, RECONNECT_MAX_MS, this.#random)
    const line: Line = { open: undefined, opened: undefined, backoff, notBeforeMs: 0 }
    this.#lines.set(key, line)
    return line
  }

  async #reopen(line: Line, host: string, port: number): Promise<OpenConnection> {
    const waitMs = line.notBeforeMs - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    if (this.#closed) throw new ConnectionError('the client was closed', false)
    try {
      const opened = await openConnection(host, port, this.#client)
      if (this.#closed) opened.connection.close()
      line.opened?.connection.retire()
      line.opened = opened
      line.backoff.reset()
      line.notBeforeMs = 0
      return opened
    } catch (error) {
      line.notBeforeMs = performance.now() + line.backoff.nextMs()
      throw error
    }
  }
}
