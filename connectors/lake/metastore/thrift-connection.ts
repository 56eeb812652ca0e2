import { createConnection, type Socket } from 'node:net'
import { decodeMessage, encodeMessage, IncompleteError, MESSAGE, type ThriftMessage } from './thrift-binary.ts'
import { structAt, type ThriftField, type ThriftStruct, textAt } from './thrift-values.ts'

/** What the server threw: an exception that the method declares, by its field id, or one of the protocol. */
export class ThriftRefusal extends Error {
  override readonly name = 'ThriftRefusal'
  /** 0 for one that is not declared. */
  readonly fieldId: number
  constructor(method: string, fieldId: number, message: string) {
    super(`${method}: ${message}`)
    this.fieldId = fieldId
  }
}

/** No answer came: whether the call took effect is unknown unless `sent` is false. */
export class ThriftLostError extends Error {
  override readonly name = 'ThriftLostError'
  readonly retriable = true
  readonly sent: boolean
  constructor(method: string, address: string, sent: boolean, cause: unknown) {
    super(`${method} at ${address}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.sent = sent
  }
}

export interface ThriftConnectionOptions {
  readonly host: string
  readonly port: number
  /** For one call, connecting included. */
  readonly timeoutMs: number
}

/** One socket, one call after the other; it connects when it has to. Plain binary protocol, neither TLS nor SASL. */
export class ThriftConnection {
  readonly #options: ThriftConnectionOptions
  #socket: Promise<Socket> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #sequence = 0

  constructor(options: ThriftConnectionOptions) {
    this.#options = options
  }

  /** The field `success` of the answer, undefined for a void method. Throws ThriftRefusal, ThriftLostError. */
  call(method: string, args: ThriftStruct): Promise<ThriftField | undefined> {
    const turn = this.#last.then(() => this.#call(method, args))
    this.#last = turn.catch(() => {})
    return turn
  }

  async close(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined)
    this.#socket = undefined
    socket?.destroy()
  }

  async #call(method: string, args: ThriftStruct): Promise<ThriftField | undefined> {
    const { host, port, timeoutMs } = this.#options
    const sequence = ++this.#sequence
    const request = encodeMessage({ type: MESSAGE.call, method, sequence, body: args })
    const timeout = AbortSignal.timeout(timeoutMs)
    let sent = false
    let answer: ThriftMessage
    try {
      this.#socket ??= connected(host, port, timeout)
      const socket = await this.#socket
      sent = true
      answer = await exchange(socket, request, timeout)
    } catch (error) {
      await this.close()
      throw new ThriftLostError(method, `${host}:${port}`, sent, error)
    }
    return resultOf(method, answer)
  }
}

function connected(host: string, port: number, timeout: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = createConnection({ host, port, noDelay: true, signal: timeout })
  socket.once('connect', () => resolve(socket)).on('error', reject)
  return promise
}

function exchange(socket: Socket, request: Buffer, timeout: AbortSignal): Promise<ThriftMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<ThriftMessage>()
  let received = Buffer.alloc(0)
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk])
    try {
      resolve(decodeMessage(received))
    } catch (error) {
      if (!(error instanceof IncompleteError)) reject(error)
    }
  }
  const onEnd = (): void => reject(new Error('the server closed the connection'))
  const onTimeout = (): void => reject(new Error('no answer in time'))
  socket.on('data', onData).on('error', reject).on('close', onEnd)
  timeout.addEventListener('abort', onTimeout)
  socket.write(request)
  return promise.finally(() => {
    socket.off('data', onData).off('error', reject).off('close', onEnd)
    timeout.removeEventListener('abort', onTimeout)
  })
}

function resultOf(method: string, { type, body }: ThriftMessage): ThriftField | undefined {
  if (type === MESSAGE.exception) throw new ThriftRefusal(method, 0, textAt(body, 1) ?? 'no message')
  for (const id of body.keys()) {
    if (id !== 0) throw new ThriftRefusal(method, id, textAt(structAt(body, id) ?? new Map(), 1) ?? 'no message')
  }
  return body.get(0)
}
