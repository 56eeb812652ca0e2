import { connect, createServer, type Socket } from 'node:net'

/** Where a connection to Redis is cut: the command either never reaches it, or its answer never comes back. */
export interface Cut {
  /** How many commands pass first. */
  readonly after: number
  readonly side: 'before' | 'behind'
}

/** Stands before a Redis at one address, whichever Redis that is, and counts the commands that pass. */
export class CutProxy {
  readonly port: number
  readonly #server: ReturnType<typeof createServer>
  readonly #sockets = new Set<Socket>()
  #target: number
  #left = Number.POSITIVE_INFINITY
  #side: Cut['side'] = 'before'
  #onCut: () => void = () => {}

  private constructor(server: ReturnType<typeof createServer>, port: number, target: number) {
    this.#server = server
    this.port = port
    this.#target = target
    server.on('connection', (client) => this.#join(client))
  }

  static async open(target: number): Promise<CutProxy> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new CutProxy(server, (server.address() as { port: number }).port, target)
  }

  /** From the next command on; resolves when it has come to that, with everything held back from then on. */
  cut({ after, side }: Cut): Promise<void> {
    return new Promise((resolve) => {
      this.#left = after
      this.#side = side
      this.#onCut = resolve
    })
  }

  /** Nothing is cut any more. Connections of before are closed. */
  heal(target = this.#target): void {
    this.#target = target
    this.#left = Number.POSITIVE_INFINITY
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.heal()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(client: Socket): void {
    const redis = connect(this.#target, '127.0.0.1')
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
    client.on('data', (bytes) => {
      if (this.#left < 0 || (this.#isOver(bytes) && this.#side === 'before')) return
      redis.write(bytes)
    })
    redis.on('data', (bytes) => {
      if (this.#left >= 0) client.write(bytes)
    })
  }

  /** Counts commands that do something to lists; a connection being made is not one. */
  #isOver(bytes: Buffer): boolean {
    this.#left -= bytes.toString('latin1').match(/\r\n(eval|EVAL|blmove|lrange|smembers|hmget|del)\r\n/g)?.length ?? 0
    if (this.#left >= 0) return false
    this.#onCut()
    return true
  }
}
