import { rawDocumentOf } from '../../schemas/index.ts'
import type { Clock } from '../../streams/index.ts'

export interface CompletePorts {
  readonly putRaw: (key: string, bytes: Uint8Array, sidecar: Readonly<Record<string, string>>) => Promise<void>
  readonly clock: Clock
}

type Json = Readonly<Record<string, unknown>>
const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const asInstant = (value: unknown): number | undefined => {
  const ms = typeof value === 'string' ? Date.parse(value) : value
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : undefined
}

/**
 * Fills in what older services leave out of a raw document and can be derived: bytes to the object store, their hash,
 * key and size, an id. What is there is kept; what is neither there nor derivable is left for the decoder to name.
 */
export function openCompleteItem(ports: CompletePorts): (topic: string, json: unknown) => Promise<unknown> {
  return async (topic, json) => {
    if (topic !== 'documents.raw' || typeof json !== 'object' || json === null) return json
    const item = json as Json
    const body = asText(item['body'])
    const sourceId = asText(item['source_id'])
    if (body === undefined || sourceId === undefined || asText(item['object_key']) !== undefined) return json
    const bytes = Buffer.from(body)
    const receivedAt = asInstant(item['received_at']) ?? ports.clock.now()
    const derived = rawDocumentOf(bytes, {
      sourceId,
      sourceType: asText(item['source_type']) ?? 'press',
      contentType: asText(item['content_type']) ?? 'text/plain',
      receivedAt,
    })
    await ports.putRaw(derived.object_key, bytes, {
      url: asText(item['url']) ?? '',
      received_at: new Date(receivedAt).toISOString(),
    })
    const { document_id, source_type, content_type, sha256, object_key, size_bytes } = derived
    const found = { document_id, source_type, content_type, received_at: receivedAt, ...item }
    return { ...found, sha256, object_key, size_bytes, body: derived.body }
  }
}
