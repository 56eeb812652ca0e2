import { RefusedError } from './connection-error.ts'

/** More than any answer we ask for may take; a larger length is another protocol's text. */
const FRAME_BYTES_MAX = 128 * 1024 * 1024
const HTTP = 0x48545450
const TLS_ALERT = 0x1503

/** Cuts a stream of bytes into frames, each announced by its length. A frame is copied once, from the socket's chunks. */
export class Framing {
  readonly #onFrame: (frame: Buffer) => void
  #frame: Buffer | undefined
  #filled = 0
  readonly #length = Buffer.alloc(4)
  #lengthFilled = 0

  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame
  }

  /** @throws RefusedError where this is no Kafka protocol */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#frame === undefined) {
        at = this.#readLength(chunk, at)
        continue
      }
      const take = Math.min(chunk.length - at, this.#frame.length - this.#filled)
      chunk.copy(this.#frame, this.#filled, at, at + take)
      this.#filled += take
      at += take
      if (this.#filled === this.#frame.length) this.#deliver(this.#frame)
    }
  }

  #readLength(chunk: Buffer, from: number): number {
    let at = from
    while (this.#lengthFilled < 4 && at < chunk.length) this.#length[this.#lengthFilled++] = chunk[at++] as number
    if (this.#lengthFilled < 4) return at
    const length = this.#length.readInt32BE(0)
    if (length < 4 || length > FRAME_BYTES_MAX) throw new RefusedError(notKafka(length))
    this.#frame = Buffer.allocUnsafeSlow(length)
    this.#filled = 0
    return at
  }

  #deliver(frame: Buffer): void {
    this.#frame = undefined
    this.#lengthFilled = 0
    this.#onFrame(frame)
  }
}

function notKafka(length: number): string {
  if (length === HTTP) return 'an HTTP server answers there, not a Kafka broker: correct the address'
  if (length >>> 16 === TLS_ALERT) return 'the broker speaks TLS on that port: set ssl, or use its plain port'
  return `no Kafka broker answers there: an answer of ${length} bytes was announced`
}
