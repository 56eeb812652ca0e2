import type { Socket } from 'node:net'
import type { Api } from '../protocol/api.ts'
import { ByteReader, CorruptError } from '../protocol/byte-reader.ts'
import { ByteWriter } from '../protocol/byte-writer.ts'
import { ConnectionError } from './connection-error.ts'
import { Framing } from './framing.ts'

export const REQUEST_TIMEOUT_MS = 15_000

interface Pending {
  readonly api: Api<never, unknown>
  readonly timer: NodeJS.Timeout
  resolve(answer: unknown): void
  reject(error: unknown): void
}

/**
 * A connection to one broker. Requests are pipelined: a broker answers those of a connection in their order, one at a
 * time, so whatever waits at the broker (Fetch, JoinGroup) has a connection of its own.
 *
 * A request that is not answered in time ends the connection: nothing behind it would be answered either.
 */
export class Connection {
  readonly address: string
  readonly #socket: Socket
  readonly #clientId: Buffer
  readonly #pending = new Map<number, Pending>()
  #correlation = 0
  #broken: ConnectionError | undefined
  #quietUntilMs = 0
  #isRetired = false
  /** When the broker wants a connection to prove itself anew; a fresh one is opened before. */
  expiresAtMs = Number.POSITIVE_INFINITY

  constructor(socket: Socket, address: string, clientId: string) {
    this.address = address
    this.#socket = socket
    this.#clientId = Buffer.from(clientId)
    const framing = new Framing((frame) => this.#answer(frame))
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      try {
        framing.push(chunk)
      } catch (error) {
        this.#break(error)
      }
    })
    socket.on('error', (error) => this.#break(error))
    socket.on('close', () => this.#break(new Error('closed by the broker')))
  }

  get isOpen(): boolean {
    return this.#broken === undefined
  }

  /** @throws ConnectionError where the connection breaks or the answer is not there in time; CorruptError */
  async request<Q, A>(api: Api<Q, A>, body: Q, timeoutMs: number = REQUEST_TIMEOUT_MS): Promise<A> {
    const quietMs = this.#quietUntilMs - performance.now()
    if (quietMs > 0) await new Promise((resolve) => setTimeout(resolve, quietMs))
    if (this.#broken !== undefined)
      throw new ConnectionError(`${this.address}: ${this.#broken.message}`, false, this.#broken)
    const correlation = this.#correlation
    this.#correlation = (correlation + 1) & 0x7fff_ffff
    return new Promise<A>((resolve, reject) => {
      const late = (): void => this.#break(new Error(`${api.name} was not answered within ${timeoutMs} ms`))
      const timer = setTimeout(late, timeoutMs)
      const pending = { api, timer, resolve, reject } as unknown as Pending
      this.#pending.set(correlation, pending)
      this.#write(api, correlation, body)
    })
  }

  /** Takes no more requests; closes when those under way are answered. */
  retire(): void {
    this.#isRetired = true
    if (this.#pending.size === 0) this.close()
  }

  close(): void {
    this.#break(new Error('closed'))
  }

  #write<Q, A>(api: Api<Q, A>, correlation: number, body: Q): void {
    const writer = new ByteWriter()
    writer.int16(api.key)
    writer.int16(api.version)
    writer.int32(correlation)
    writer.int16(this.#clientId.length)
    writer.raw(this.#clientId)
    if (api.plainHeader !== 'both') writer.unsigned(0)
    api.request.write(writer, body)
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(writer.length, 0)
    this.#socket.cork()
    this.#socket.write(length)
    for (const chunk of writer.chunks()) this.#socket.write(chunk)
    this.#socket.uncork()
  }

  #answer(frame: Buffer): void {
    const reader = new ByteReader(frame)
    const pending = this.#pending.get(reader.int32())
    if (pending === undefined) throw new CorruptError(`${this.address} answers what was not asked`)
    this.#pending.delete(frame.readInt32BE(0))
    clearTimeout(pending.timer)
    try {
      if (pending.api.plainHeader === undefined) skipTags(reader)
      const answer = pending.api.response.read(reader) as { readonly throttleTimeMs?: number }
      if (answer.throttleTimeMs) this.#quietUntilMs = performance.now() + answer.throttleTimeMs
      pending.resolve(answer)
    } catch (error) {
      const message = `${this.address}: the answer to ${pending.api.name} cannot be read: ${(error as Error).message}`
      pending.reject(new CorruptError(message, { cause: error }))
    }
    if (this.#isRetired && this.#pending.size === 0) this.close()
  }

  #break(cause: unknown): void {
    if (this.#broken !== undefined) return
    this.#broken = new ConnectionError((cause as Error).message, true, cause)
    this.#socket.destroy()
    for (const { timer, reject } of this.#pending.values()) {
      clearTimeout(timer)
      reject(new ConnectionError(`${this.address}: ${this.#broken.message}`, true, cause))
    }
    this.#pending.clear()
  }
}

function skipTags(reader: ByteReader): void {
  for (let count = reader.unsigned(); count > 0; count--) {
    reader.unsigned()
    reader.slice(reader.unsigned())
  }
}
