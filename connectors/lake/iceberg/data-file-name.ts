import { dayOf, type OffsetSpan, spansThatFit } from '../lake-files.ts'
import type { LakeRecord } from '../lake-frames.ts'

/** A file of a table and the records that are to be in it: one day, of each partition all between first and last. */
export interface PlannedDataFile {
  /** Below the table's location. */
  readonly key: string
  readonly records: readonly LakeRecord[]
}

/**
 * `data/_event_at_day=2015-07-01/<topic>~<partition>-<first>-<last>~….parquet`: the same records get the same name whoever
 * writes them, so that what a dead writer left is found again. One file for a day, or as many as their names can tell.
 */
export function planDataFiles(topic: string, records: readonly LakeRecord[]): readonly PlannedDataFile[] {
  const days = Map.groupBy(records, (record) => dayOf(record.timestampMs))
  return [...days].flatMap(([day, ofDay]) => {
    const partitions = Map.groupBy(ofDay, (record) => record.partition)
    const spans = [...partitions]
      .sort(([a], [b]) => a - b)
      .map(([partition, some]): OffsetSpan => ({ partition, ...ends(some) }))
    return spansThatFit(topic, spans).map((part) => ({
      key: `data/_event_at_day=${day}/${topic}${part.map(spanText).join('')}.parquet`,
      records: part.flatMap((span) => partitions.get(span.partition) ?? []),
    }))
  })
}

const spanText = ({ partition, first, last }: OffsetSpan): string => `~${partition}-${first}-${last}`

function ends(records: readonly LakeRecord[]): { readonly first: bigint; readonly last: bigint } {
  const [first, last] = [records[0]?.offset ?? 0n, records.at(-1)?.offset ?? 0n]
  return { first, last }
}

/** The same file under a name that nobody else has: for where the first is taken by something else. */
export const withOwnName = (key: string, unique: string): string => key.replace(/\.parquet$/, `.${unique}.parquet`)

/** Topic and spans that a name claims; undefined where it is none of the sink's. */
export function parseDataFileName(
  uri: string,
): { readonly topic: string; readonly spans: readonly OffsetSpan[] } | undefined {
  const [, topic, spans] = /\/data\/[^/]+\/([^/~]+)((?:~\d+-\d+-\d+)+)(?:\.[0-9a-f]+)?\.parquet$/.exec(uri) ?? []
  if (topic === undefined || spans === undefined) return undefined
  const parsed = spans
    .slice(1)
    .split('~')
    .map((text): OffsetSpan => {
      const [partition = '', first = '', last = ''] = text.split('-')
      return { partition: Number(partition), first: BigInt(first), last: BigInt(last) }
    })
  return { topic, spans: parsed }
}
