import type { SchemaRegistry } from '../../../schemas/index.ts'
import { type LogDriver, type LogRecord, partitionKey } from '../../../streams/index.ts'
import { LiveDiff, type LiveDiffOptions, type Side } from '../../../topology/index.ts'
import type { ShadowedOutput } from './outputs.ts'
import { decoderOf } from './read-outputs.ts'

const POLL_RECORDS = 1_000
const POLL_MS = 200
const QUIET_POLLS = 15

export interface WatchPorts {
  readonly driver: LogDriver
  readonly registry: SchemaRegistry
  /** Where to begin, by `partitionKey`; at the first offset where nothing is said. */
  readonly from: ReadonlyMap<string, bigint>
  readonly limits: Omit<LiveDiffOptions, 'by'>
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number
}

/** An output that is compared as both sides write it. */
export interface WatchedOutput {
  readonly output: ShadowedOutput
  readonly diff: LiveDiff
  /** Ends when `stop` is asked; rejects where a side cannot be read. */
  readonly ended: Promise<void>
}

/**
 * Compares a processor's outputs with its shadow's until it is told to stop; what both have written by then is still compared.
 * Both topics are there.
 */
export async function watchOutput(
  output: ShadowedOutput,
  { driver, registry, from, limits, elapsedMs }: WatchPorts,
  stop: AbortSignal,
): Promise<WatchedOutput> {
  const diff = new LiveDiff({ ...limits, by: output.by })
  const decode = decoderOf({ registry, schema: output.schema })
  const add = (side: Side) => async (record: LogRecord) => {
    const key = record.key && Buffer.from(record.key).toString()
    diff.add(side, { key, value: await decode(record) }, elapsedMs())
  }
  const tick = (): void => diff.tick(elapsedMs())
  const sides = await Promise.all([
    openSide(driver, output.topic, from, add('original')),
    openSide(driver, output.shadowTopic, from, add('shadow')),
  ])
  const ended = Promise.all(sides.map((side) => side.follow(stop, tick)))
    .then(() => undefined)
    .finally(() => Promise.all(sides.map((side) => side.close())))
  return { output, diff, ended }
}

async function openSide(
  driver: LogDriver,
  topic: string,
  from: ReadonlyMap<string, bigint>,
  add: (record: LogRecord) => Promise<void>,
) {
  const partitions = (await endsOf(driver, topic)).map((_, partition) => ({ topic, partition }))
  const reader = await driver.reader(
    partitions.map((at) => ({ at, offset: from.get(partitionKey(at)) ?? ('earliest' as const) })),
  )
  const readSome = async (): Promise<number> => {
    const records = await reader.poll(POLL_RECORDS, POLL_MS)
    for (const record of records) await add(record)
    return records.length
  }
  return {
    async follow(stop: AbortSignal, tick: () => void): Promise<void> {
      while (!stop.aborted) {
        await readSome()
        tick()
      }
      const ends = await endsOf(driver, topic)
      const isRead = (): boolean => partitions.every((at, i) => (reader.position?.(at) ?? 0n) >= (ends[i] ?? 0n))
      // A driver that cannot tell where it stands has read all there is when nothing comes.
      for (let quiet = 0; quiet < QUIET_POLLS && !isRead(); ) quiet = (await readSome()) > 0 ? 0 : quiet + 1
    },
    close: () => reader.close(),
  }
}

async function endsOf(driver: LogDriver, topic: string): Promise<readonly bigint[]> {
  const admin = await driver.admin()
  return admin.endOffsets(topic).finally(() => admin.close())
}
