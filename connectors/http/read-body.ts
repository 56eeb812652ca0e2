import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'

/** A body beyond the limit: large as sent, or grown large when unpacked. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br, zstd'

/** The decompressed body. Stops at the limit, whatever the compressed size promised. Throws BodyTooLargeError. */
export async function readBody(body: Readable, encoding: string | undefined, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  const decoded = decode(body, encoding)
  try {
    for await (const chunk of decoded) {
      size += (chunk as Buffer).length
      if (size > maxBytes) throw new BodyTooLargeError(`the body is larger than ${maxBytes} bytes`)
      chunks.push(chunk as Buffer)
    }
  } finally {
    decoded.destroy()
    body.destroy()
  }
  return Buffer.concat(chunks)
}

function decode(body: Readable, encoding: string | undefined): Readable {
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (name === '' || name === 'identity') return body
  const create = DECODERS[name]
  if (!create) throw new TypeError(`content-encoding ${name} is not one of ${ACCEPTED_ENCODINGS}`)
  const decoder = create()
  body.on('error', (error) => decoder.destroy(error))
  return body.pipe(decoder)
}
