import { type AvroRecord, avroCodec, openConfluentRegistry, schemaIdOf } from '../../schemas/index.ts'
import { grouped, table } from '../output.ts'
import type { Causes } from '../runtime/dead-letters/causes.ts'
import { type Letter, timeText } from '../runtime/dead-letters/letter.ts'
import type { Settings } from '../settings.ts'

const HEADS = ['NODE', 'STAGE', 'CODE', 'MESSAGE', 'COUNT', 'FIRST', 'LAST', 'REPLAYABLE']

/** Causes, the most frequent first, as text and as JSON. */
export function causesText(counted: Causes): { readonly text: string; readonly json: object } {
  const causes = counted.list()
  const json = causes.map(({ errorClass, ...cause }) => ({ ...cause, code: errorClass }))
  if (causes.length === 0) return { text: 'No dead letters that are not dealt with.', json }
  const rows = causes.map((cause) => [
    cause.node,
    cause.stage,
    cause.errorClass,
    cause.message,
    grouped(cause.count),
    cause.first.slice(0, 19),
    cause.last.slice(0, 19),
    cause.replayable === cause.count ? 'yes' : cause.replayable === 0 ? 'no' : `${grouped(cause.replayable)} of them`,
  ])
  const next = `Next: stonks dlq replay ${causes[0]?.node} --code ${causes[0]?.errorClass} --dry-run`
  return { text: `${table(HEADS, rows, new Set([4]))}\n\n${next}`, json }
}

/** A value as far as it can be read; why not, where it cannot. */
export interface ReadValue {
  readonly value: unknown
  readonly problem: string | undefined
}

const HEX_BYTES = 64

/** By the schema that wrote it. A schema that is gone, or bytes that are none of it, are said, and the bytes shown. */
export async function readValue({ record: { value } }: Letter, settings: Settings): Promise<ReadValue> {
  if (value === undefined) return { value: null, problem: undefined }
  const bytes = Buffer.from(value.subarray(0, HEX_BYTES)).toString('hex')
  if (settings.schemaRegistryUrl === undefined)
    return { value: bytes, problem: 'no registry to read it by: SCHEMA_REGISTRY_URL' }
  try {
    const schema = await openConfluentRegistry(settings.schemaRegistryUrl, 'NONE').writerSchema(schemaIdOf(value))
    return { value: avroCodec(schema as AvroRecord).decode(value.subarray(5)), problem: undefined }
  } catch (error) {
    return { value: bytes, problem: (error as Error).message }
  }
}

const withoutBigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

export function letterJson(letter: Letter, { value, problem }: ReadValue): object {
  const { record, origin, errorClass, offset } = letter
  return {
    node: letter.node,
    offset: String(offset),
    stage: letter.stage,
    code: errorClass,
    message: letter.message,
    attempts: letter.attempts,
    failed_at: letter.failedAt,
    replays: letter.replays,
    origin:
      origin === undefined ? null : { ...origin, timestampMs: undefined, timestamp: timeText(origin.timestampMs) },
    key: record.key === undefined ? null : Buffer.from(record.key).toString(),
    value: JSON.parse(JSON.stringify(value ?? null, withoutBigints)) as unknown,
    problem: problem ?? null,
    headers: record.headers,
  }
}

export function letterText(letter: Letter, { value, problem }: ReadValue): string {
  const { record, origin } = letter
  const from =
    origin === undefined ? 'nowhere: a timer, or a source' : `${origin.topic}-${origin.partition} @ ${origin.offset}`
  return [
    `node      ${letter.node}, dead letter ${letter.offset}`,
    `failed    ${letter.failedAt}, stage ${letter.stage}, after ${letter.attempts} attempt${letter.attempts === 1 ? '' : 's'}`,
    `error     ${letter.errorClass}: ${letter.message}`,
    `from      ${from}${origin === undefined ? '' : `, of ${timeText(origin.timestampMs)}`}`,
    `replayed  ${letter.replays} times`,
    `key       ${record.key === undefined ? '-' : Buffer.from(record.key).toString()}`,
    `value     ${problem === undefined ? JSON.stringify(value, withoutBigints, 2) : `cannot be read: ${problem}\n          ${String(value)}`}`,
    ...(record.headers['dlq.error.stack'] ? ['', record.headers['dlq.error.stack']] : []),
  ].join('\n')
}
