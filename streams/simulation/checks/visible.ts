import { TASK_HEADER, watermarkOf } from '../../event-time/watermark.ts'
import type { Guarantee } from '../../graph.ts'
import type { SimBroker } from '../broker/sim-broker.ts'

/** A record as a reader of committed records sees it. */
export interface Visible {
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly key: string
  /** The task that wrote it, where tasks keep to one event time. */
  readonly task: string
  /** The value's text; `undefined` is a tombstone. */
  readonly text: string | undefined
}

/** What the run is judged by. */
export interface Evidence {
  readonly broker: SimBroker
  readonly guarantee: Guarantee
  readonly inputs: number
  readonly maxTaskIdleMs: number | undefined
}

export function visible(broker: SimBroker, topic: string): readonly Visible[] {
  return (broker.topics.get(topic) ?? []).flatMap((partition) =>
    partition.read(0, Number.POSITIVE_INFINITY).records.flatMap(({ offset, record }) =>
      record === undefined || watermarkOf(record.headers) !== undefined
        ? []
        : [
            {
              partition: partition.at.partition,
              offset,
              timestampMs: record.timestampMs,
              task: record.headers[TASK_HEADER] ?? '',
              key: record.key === undefined ? '' : Buffer.from(record.key).toString(),
              text: record.value === undefined ? undefined : Buffer.from(record.value).toString(),
            },
          ],
    ),
  )
}

export const contentOf = <T>(record: Visible): T => JSON.parse(record.text ?? 'null') as T
