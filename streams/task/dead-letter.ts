import type { Headers } from '../record.ts'

/** Where in the handling of a record it failed. */
export type FailureStage = 'deserialize' | 'process' | 'serialize' | 'punctuate' | 'sink'

/** Largest serialized record, key and value; what a broker takes by default. */
export const RECORD_BYTES_MAX = 1_048_576
const STACK_CHARS_MAX = 4096
const MESSAGE_CHARS_MAX = 2048

/** What a dead letter tells about its failure. */
export interface DeadLetterCause {
  readonly node: string
  readonly taskId: string
  readonly stage: FailureStage
  readonly error: unknown
  readonly attempts: number
  readonly firstAtMs: number
  readonly lastAtMs: number
  readonly appVersion: string
  /** The record as it lay in the log; absent for a failed punctuation. */
  readonly record:
    | {
        readonly topic: string
        readonly partition: number
        readonly offset: bigint
        readonly timestampMs: number
        readonly value: Uint8Array | undefined
        readonly headers: Headers
      }
    | undefined
}

/** Headers of a dead letter: the record's own, ours (`dlq.*`), and Kafka Connect's names for the tools that read those. */
export function deadLetterHeaders(cause: DeadLetterCause): Headers {
  const { record, stage } = cause
  const { errorClass, message, stack } = describeError(cause.error)
  const at: Record<string, string> =
    record === undefined
      ? {}
      : {
          'dlq.topic': record.topic,
          'dlq.partition': String(record.partition),
          'dlq.offset': String(record.offset),
          'dlq.timestamp': String(record.timestampMs),
          '__connect.errors.topic': record.topic,
          '__connect.errors.partition': String(record.partition),
          '__connect.errors.offset': String(record.offset),
        }
  return {
    ...record?.headers,
    'dlq.v': '1',
    'dlq.node': cause.node,
    ...at,
    'dlq.stage': stage,
    'dlq.error.class': errorClass,
    'dlq.error.message': message,
    'dlq.error.stack': stack,
    'dlq.attempts': String(cause.attempts),
    'dlq.first_at': new Date(cause.firstAtMs).toISOString(),
    'dlq.last_at': new Date(cause.lastAtMs).toISOString(),
    'dlq.schema_id': schemaIdOf(record?.value),
    'dlq.app_version': cause.appVersion,
    'dlq.trace': record?.headers['traceparent'] ?? '',
    '__connect.errors.connector.name': cause.node,
    '__connect.errors.task.id': cause.taskId,
    '__connect.errors.stage': CONNECT_STAGES[stage],
    '__connect.errors.class.name': cause.node,
    '__connect.errors.exception.class.name': errorClass,
    '__connect.errors.exception.message': message,
    '__connect.errors.exception.stacktrace': stack,
  }
}

const CONNECT_STAGES: Readonly<Record<FailureStage, string>> = {
  deserialize: 'VALUE_CONVERTER',
  process: 'TRANSFORMATION',
  serialize: 'VALUE_CONVERTER',
  punctuate: 'TRANSFORMATION',
  sink: 'TASK_PUT',
}

/** A schema id of the registry's wire format (a zero byte, then four bytes), or nothing. */
function schemaIdOf(value: Uint8Array | undefined): string {
  if (value === undefined || value.length < 5 || value[0] !== 0) return ''
  return String(new DataView(value.buffer, value.byteOffset, 5).getUint32(1))
}

/** An error in words: the code of our own errors, the class of others. */
export function describeError(error: unknown): { errorClass: string; message: string; stack: string } {
  if (!(error instanceof Error))
    return { errorClass: typeof error, message: String(error).slice(0, MESSAGE_CHARS_MAX), stack: '' }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return {
    errorClass: code ?? error.name,
    message: error.message.slice(0, MESSAGE_CHARS_MAX),
    stack: (error.stack ?? '').slice(0, STACK_CHARS_MAX),
  }
}
