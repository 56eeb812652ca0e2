import { hash } from 'node:crypto'
import type { EpochMs, RawDocument } from './types.generated.ts'

/** Bodies up to so many bytes travel inside the record; longer ones are read by `object_key`. */
export const INLINE_BODY_MAX_BYTES = 64 * 1024

export const sha256Hex = (bytes: Uint8Array | string): string => hash('sha256', bytes)

/** `raw/{source}/{yyyy}/{mm}/{dd}/{sha256}`, the day in UTC. Characters outside a safe set become `_`. */
export function rawObjectKey(source: string, receivedAt: EpochMs, sha256: string): string {
  const [year, month, day] = new Date(receivedAt).toISOString().slice(0, 10).split('-')
  return `raw/${safeSegment(source)}/${year}/${month}/${day}/${sha256}`
}

/** A source id as one path segment: never empty, never `..`, nothing a file system or S3 treats specially. */
export const safeSegment = (text: string): string => text.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_') || '_'

/**
 * 24 hex digits, derived from the source, the content and, where the publisher tells copies apart by an id of its own,
 * that id: the same delivery always makes the same document.
 */
export const documentIdOf = (source: string, sha256: string, publisherId: string = ''): string =>
  sha256Hex(JSON.stringify([source, sha256, publisherId])).slice(0, 24)

/** What is known of a document beside its bytes. */
export interface RawClaims {
  readonly sourceId: string
  readonly sourceType: string
  readonly sourceOwner?: string | null
  readonly url?: string | null
  readonly title?: string | null
  readonly contentType: string
  readonly publishedAt?: EpochMs | null
  readonly receivedAt: EpochMs
  readonly symbols?: readonly string[]
  readonly formType?: string | null
  readonly cik?: string | null
  readonly jobId?: string | null
  /** The publisher's id of this delivery; part of the document's id. */
  readonly publisherId?: string
  /** The document's id, where whoever recorded it gave it one already. */
  readonly documentId?: string
  readonly simulated?: boolean
}

/** The record of raw bytes. Pure: whoever calls it puts the bytes under `object_key` before handing the record on. */
export function rawDocumentOf(bytes: Uint8Array, claims: RawClaims): RawDocument {
  const sha256 = sha256Hex(bytes)
  return {
    document_id: claims.documentId ?? documentIdOf(claims.sourceId, sha256, claims.publisherId),
    source_id: claims.sourceId,
    source_type: claims.sourceType,
    source_owner: claims.sourceOwner ?? null,
    url: claims.url ?? null,
    title: claims.title ?? null,
    content_type: claims.contentType,
    object_key: rawObjectKey(claims.sourceId, claims.receivedAt, sha256),
    sha256,
    size_bytes: bytes.length,
    body: inlineBody(bytes),
    published_at: claims.publishedAt ?? null,
    received_at: claims.receivedAt,
    symbols: claims.symbols ?? [],
    form_type: claims.formType ?? null,
    cik: claims.cik ?? null,
    job_id: claims.jobId ?? null,
    simulated: claims.simulated ?? false,
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
function inlineBody(bytes: Uint8Array): string | null {
  if (bytes.length > INLINE_BODY_MAX_BYTES) return null
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}
