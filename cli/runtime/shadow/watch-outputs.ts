import type { SchemaRegistry } from '../../../schemas/index.ts'
import { type LogDriver, type LogReader, partitionKey } from '../../../streams/index.ts'
import { LiveDiff, type LiveDiffOptions } from '../../../topology/index.ts'
import type { ShadowedOutput } from './outputs.ts'
import { decoderOf } from './read-outputs.ts'

const POLL_RECORDS = 1_000
const POLL_MS = 200

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

/** Compares a processor's outputs with its shadow's until it is told to stop. Both topics are there. */
export async function watchOutput(
  output: ShadowedOutput,
  { driver, registry, from, limits, elapsedMs }: WatchPorts,
  stop: AbortSignal,
): Promise<WatchedOutput> {
  const diff = new LiveDiff({ ...limits, by: output.by })
  const admin = await driver.admin()
  const open = async (topic: string): Promise<LogReader> => {
    const partitions = (await admin.endOffsets(topic)).map((_, partition) => ({ topic, partition }))
    return driver.reader(partitions.map((at) => ({ at, offset: from.get(partitionKey(at)) ?? ('earliest' as const) })))
  }
  const readers = await Promise.all([open(output.topic), open(output.shadowTopic)]).finally(() => admin.close())
  const decode = decoderOf({ registry, schema: output.schema })
  const follow = async (reader: LogReader | undefined, side: 'original' | 'shadow'): Promise<void> => {
    while (!stop.aborted && reader !== undefined) {
      for (const record of await reader.poll(POLL_RECORDS, POLL_MS)) {
        const key = record.key && Buffer.from(record.key).toString()
        diff.add(side, { key, value: await decode(record) }, elapsedMs())
      }
      diff.tick(elapsedMs())
    }
  }
  const ended = Promise.all([follow(readers[0], 'original'), follow(readers[1], 'shadow')])
    .then(() => undefined)
    .finally(() => Promise.all(readers.map((reader) => reader.close())))
  return { output, diff, ended }
}
