import type { Headers, LogRecord, ProducerRecord, TopicPartition } from '../../record.ts'
import type { CommittedOffset } from '../port.ts'
import type { NativeMessage, NativePartition } from './native.ts'

export function toLogRecord(message: NativeMessage): LogRecord {
  return {
    topic: message.topic,
    partition: message.partition,
    offset: BigInt(message.offset),
    timestampMs: message.timestamp,
    key: message.key ?? undefined,
    value: message.value ?? undefined,
    headers: toHeaders(message.headers ?? []),
  }
}

/** The last value wins where another writer set a header twice. */
const toHeaders = (headers: NonNullable<NativeMessage['headers']>): Headers =>
  Object.fromEntries(
    headers.flatMap((header) => Object.entries(header).map(([name, value]) => [name, (value ?? '').toString()])),
  )

export const toBuffer = (part: Uint8Array | undefined): Buffer | null =>
  part === undefined ? null : Buffer.from(part.buffer, part.byteOffset, part.byteLength)

export const toNativeHeaders = (headers: ProducerRecord['headers']): Record<string, Buffer>[] =>
  Object.entries(headers).map(([name, value]) => ({ [name]: Buffer.from(value) }))

export const toNativeOffsets = (
  offsets: Iterable<{ readonly at: TopicPartition; readonly committed: CommittedOffset }>,
): readonly NativePartition[] =>
  [...offsets].map(({ at, committed }) => ({
    topic: at.topic,
    partition: at.partition,
    offset: Number(committed.offset),
    ...(committed.metadata === '' ? {} : { metadata: committed.metadata }),
  }))
