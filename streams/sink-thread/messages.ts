import { decodeChunk, encodeChunks } from '../log/embedded/chunk.ts'
import type { LogRecord, TopicPartition } from '../record.ts'
import { isRetriable } from '../task/backoff.ts'

/** What the engine asks of the thread that runs sinks; one answer to each. `end` closes the thread. */
export type SinkCall =
  | { readonly call: 'init' | 'flush' | 'close'; readonly sink: string }
  | { readonly call: 'write'; readonly sink: string; readonly runs: readonly PackedRun[] }
  | { readonly call: 'end' }
export interface SinkQuestion {
  readonly id: number
  readonly asked: SinkCall
}
/** `unread`: records of a `write` that could not be decoded and were left out. */
export type SinkAnswer =
  | { readonly id: number; readonly unread: readonly { readonly index: number; readonly error: SentError }[] }
  | { readonly id: number; readonly error: SentError }

/** Records of one partition in a row, as the embedded log packs them. */
export interface PackedRun {
  readonly at: TopicPartition
  readonly firstOffset: number
  readonly bytes: Uint8Array
}

export function packRecords(records: readonly LogRecord[]): readonly PackedRun[] {
  const runs: PackedRun[] = []
  for (let start = 0; start < records.length; ) {
    const { topic, partition } = records[start] as LogRecord
    let end = start + 1
    while (end < records.length && records[end]?.topic === topic && records[end]?.partition === partition) end++
    const run = records.slice(start, end)
    const offsets = run.map((record) => Number(record.offset))
    for (const chunk of encodeChunks(offsets, run, 0)) runs.push({ at: { topic, partition }, ...chunk })
    start = end
  }
  return runs
}

export function unpackRecords(runs: readonly PackedRun[]): readonly LogRecord[] {
  const records: LogRecord[] = []
  for (const { at, firstOffset, bytes } of runs) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    decodeChunk(at, firstOffset, chunk, 0, Number.POSITIVE_INFINITY, records)
  }
  return records
}

/** An error between threads: a clone would lose its class and whether trying again may help. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: string | undefined
  readonly retriable: boolean
}

export function sendError(error: unknown): SentError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const { code } = error as { code?: unknown }
  return { name, message, stack, code: typeof code === 'string' ? code : undefined, retriable: isRetriable(error) }
}

export function receiveError({ name, message, stack, code, retriable }: SentError): Error {
  return Object.assign(new Error(message), { name, stack, retriable, ...(code === undefined ? {} : { code }) })
}
