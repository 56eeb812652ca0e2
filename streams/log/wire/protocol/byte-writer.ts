const FIRST_BYTES = 256
/** From this size on bytes are handed on as they are instead of being copied. */
const BY_REFERENCE_BYTES = 4_096

/** Writes big-endian fields into chunks for the socket; large byte fields are chunks of their own, never copied. */
export class ByteWriter {
  readonly #done: Buffer[] = []
  #chunk = Buffer.allocUnsafe(FIRST_BYTES)
  #from = 0
  #at = 0
  #doneBytes = 0

  get length(): number {
    return this.#doneBytes + this.#at - this.#from
  }

  int8(value: number): void {
    this.#at = this.#room(1).writeInt8(value, this.#at)
  }

  int16(value: number): void {
    this.#at = this.#room(2).writeInt16BE(value, this.#at)
  }

  int32(value: number): void {
    this.#at = this.#room(4).writeInt32BE(value, this.#at)
  }

  int64(value: number): void {
    const chunk = this.#room(8)
    chunk.writeInt32BE(Math.floor(value / 0x1_0000_0000), this.#at)
    this.#at = chunk.writeUInt32BE(value >>> 0, this.#at + 4)
  }

  unsigned(value: number): void {
    const chunk = this.#room(5)
    let rest = value >>> 0
    while (rest > 0x7f) {
      chunk[this.#at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    chunk[this.#at++] = rest
  }

  text(value: string, length: number): void {
    this.#room(length).write(value, this.#at, length, 'utf8')
    this.#at += length
  }

  raw(bytes: Uint8Array): void {
    if (bytes.length < BY_REFERENCE_BYTES) {
      this.#room(bytes.length).set(bytes, this.#at)
      this.#at += bytes.length
      return
    }
    this.#cut()
    this.#done.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    this.#doneBytes += bytes.length
  }

  /** What was written, in order. The writer is not used afterwards. */
  chunks(): readonly Buffer[] {
    this.#cut()
    return this.#done
  }

  #room(length: number): Buffer {
    if (this.#at + length <= this.#chunk.length) return this.#chunk
    this.#cut()
    this.#chunk = Buffer.allocUnsafe(Math.max(2 * this.#chunk.length, length))
    this.#from = 0
    this.#at = 0
    return this.#chunk
  }

  #cut(): void {
    if (this.#at === this.#from) return
    this.#done.push(this.#chunk.subarray(this.#from, this.#at))
    this.#doneBytes += this.#at - this.#from
    this.#from = this.#at
  }
}
