import { type AvroRecord, avroCodec, jsonCodec, type SchemaRegistry, schemaIdOf } from '../../../schemas/index.ts'
import { type LogDriver, type LogRecord, partitionKey } from '../../../streams/index.ts'
import type { ComparedRecord } from '../../../topology/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import type { TimeRange } from './stretches.ts'

const POLL_RECORDS = 5_000
const POLL_MS = 200
/** Nothing new for so long below a known end: a driver that cannot tell where it stands has read all there is. */
const QUIET_MS = 3_000

export interface OutputsPorts {
  readonly driver: LogDriver
  /** Of the schemas that wrote them. */
  readonly registry: SchemaRegistry
  /** As which records are read, and told as JSON. */
  readonly schema: AvroRecord
  /** More records than that are not compared. */
  readonly recordsMax: number
}

/**
 * Records of a topic whose time is in the range, as JSON, up to where the topic ends now. Begins at the first record that is
 * in the range, so records before it that are out of order are left out.
 *
 * @throws CommandError where there are more than can be compared, or one cannot be read
 */
export async function readOutputs(
  topic: string,
  range: TimeRange,
  starts: ReadonlyMap<string, bigint>,
  ports: OutputsPorts,
): Promise<readonly ComparedRecord[]> {
  const records: ComparedRecord[] = []
  const decode = decoderOf(ports)
  for await (const record of recordsOf(topic, starts, ports.driver)) {
    if (record.timestampMs < range.fromMs || record.timestampMs >= (range.toMs ?? Number.POSITIVE_INFINITY)) continue
    if (records.length === ports.recordsMax)
      throw new CommandError(
        EXIT.refused,
        `${topic} has more than ${ports.recordsMax} records in this range`,
        'compare less at a time: --from, --to, or raise --max',
      )
    records.push({ key: record.key && Buffer.from(record.key).toString(), value: await decode(record) })
  }
  return records
}

async function* recordsOf(
  topic: string,
  starts: ReadonlyMap<string, bigint>,
  driver: LogDriver,
): AsyncGenerator<LogRecord> {
  const admin = await driver.admin()
  const ends = await admin.endOffsets(topic).finally(() => admin.close())
  const open = ends.flatMap((end, partition) => {
    const at = { topic, partition }
    const offset = starts.get(partitionKey(at)) ?? 0n
    return offset < end ? [{ at, offset, end }] : []
  })
  if (open.length === 0) return
  const reader = await driver.reader(open)
  try {
    for (let quietMs = 0; quietMs < QUIET_MS; ) {
      const records = await reader.poll(POLL_RECORDS, POLL_MS)
      quietMs = records.length > 0 ? 0 : quietMs + POLL_MS
      for (const record of records) if (record.offset < (ends[record.partition] ?? 0n)) yield record
      if (open.every(({ at, end }) => (reader.position?.(at) ?? 0n) >= end)) return
    }
  } finally {
    await reader.close()
  }
}

/** A record's value as JSON, by the schema that wrote it. */
export function decoderOf({
  registry,
  schema,
}: Pick<OutputsPorts, 'registry' | 'schema'>): (record: LogRecord) => Promise<unknown> {
  const [codec, json] = [avroCodec(schema), jsonCodec(schema)]
  const decoders = new Map<number, (bytes: Uint8Array) => unknown>()
  return async ({ value, topic, partition, offset }) => {
    if (value === undefined) return null
    try {
      const id = schemaIdOf(value)
      const known = decoders.get(id) ?? codec.decoderFor(await registry.writerSchema(id))
      decoders.set(id, known)
      return json.toJson(known(value.subarray(5)))
    } catch (error) {
      const where = `${topic}-${partition} @ ${offset}`
      throw new CommandError(EXIT.missing, `${where} cannot be read: ${(error as Error).message}`)
    }
  }
}
