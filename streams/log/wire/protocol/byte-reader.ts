/** Bytes that are not what the protocol says they are: cut short, or with lengths that cannot be. */
export class CorruptError extends Error {
  override readonly name = 'CorruptError'
}

/** Reads big-endian fields one after the other. Every read is checked: nothing is read behind the end. */
export class ByteReader {
  readonly bytes: Buffer
  at: number
  readonly end: number

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get left(): number {
    return this.end - this.at
  }

  int8(): number {
    return this.bytes.readInt8(this.#advance(1))
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#advance(4))
  }

  /** As a number: offsets, times and producer ids stay below 2^53, and what does not is corrupt. */
  int64(): number {
    const at = this.#advance(8)
    return wideAt(this.bytes, at)
  }

  /** Unsigned varint of at most 32 bits, as lengths and tags are. */
  unsigned(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.#advance(1)] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new CorruptError('a varint of more than five bytes')
  }

  /** A view, not a copy: it lives as long as the answer it is part of. */
  slice(length: number): Buffer {
    const at = this.#advance(length)
    return this.bytes.subarray(at, at + length)
  }

  text(length: number): string {
    const at = this.#advance(length)
    return this.bytes.toString('utf8', at, at + length)
  }

  #advance(length: number): number {
    const at = this.at
    if (length < 0 || at + length > this.end)
      throw new CorruptError(`${length} bytes wanted at ${at}, where ${this.end - at} are left`)
    this.at = at + length
    return at
  }
}

/** The big-endian int64 at a place that is known to be inside. @throws CorruptError beyond 2^53 */
export function wideAt(bytes: Buffer, at: number): number {
  const value = bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
  if (!Number.isSafeInteger(value)) throw new CorruptError(`a number beyond 2^53 at ${at}`)
  return value
}
