import type { TopicSpec } from '../graph.ts'
import type { Headers, ProducerRecord } from '../record.ts'

/** The task that wrote a record. */
export const TASK_HEADER = 'streams.task'
/** On a record without a value: the writing task will write nothing here that is older, epoch milliseconds or `end`. */
const WATERMARK_HEADER = 'streams.watermark'
const END = 'end'

/** The watermark a record announces; undefined for a record of data. */
export function watermarkOf(headers: Headers): number | undefined {
  const text = headers[WATERMARK_HEADER]
  if (text === undefined) return undefined
  return text === END ? Number.POSITIVE_INFINITY : Number(text)
}

/**
 * A task's watermark for every partition of a topic. Readers that do not know them see records without a value; compacted
 * topics take none without a key, so there they have one that stands for the task.
 */
export function watermarkRecords(
  spec: TopicSpec,
  taskId: string,
  watermarkMs: number,
  timestampMs: number,
): ProducerRecord[] {
  const text = watermarkMs === Number.POSITIVE_INFINITY ? END : String(watermarkMs)
  const key = spec.cleanup === 'compact' ? Buffer.from(`${WATERMARK_HEADER}/${taskId}`) : undefined
  const headers = { [TASK_HEADER]: taskId, [WATERMARK_HEADER]: text }
  return Array.from({ length: spec.partitions }, (_, partition) => ({
    topic: spec.topic,
    partition,
    timestampMs,
    key,
    value: undefined,
    headers,
  }))
}
