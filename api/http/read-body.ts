import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'

/** Larger bodies are refused before they are read; a list of companies is the largest anyone sends. */
export const BODY_BYTES_MAX = 1_048_576

/** The body as text. Throws 413 past the limit, by its announced length or as it comes; 415 for another media type. */
export async function readBody(request: IncomingMessage, mediaType: string): Promise<string> {
  const sent = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (sent !== mediaType || request.headers['content-encoding'])
    throw new Problem('unsupported-media-type', `send ${mediaType} without content encoding; got ${sent || 'no type'}`)
  const tooLarge = (): Problem => new Problem('too-large', `at most ${BODY_BYTES_MAX} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Parsed JSON; throws 400 where it is none. */
export function parseJsonBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new Problem('bad-request', `the body is not JSON: ${(error as Error).message}`, { cause: error })
  }
}
