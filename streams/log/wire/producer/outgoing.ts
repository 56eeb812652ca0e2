import type { ProducerRecord, TopicPartition } from '../../../record.ts'
import { BatchWriter } from '../records/batch-writer.ts'
import type { Compression } from '../records/compression.ts'
import { BATCH_BYTES_MAX } from '../settings.ts'
import type { ProducerSession } from './producer-session.ts'

/** A finished batch on its way to a partition. */
export interface OutgoingBatch {
  readonly bytes: Buffer
  readonly count: number
  /** Offset of its first record, once a broker has told; -1 until then. */
  baseOffset: number
}

/** The batches of one commit for one partition, in the order of their sequence numbers. */
export interface OutgoingPartition extends TopicPartition {
  readonly batches: readonly OutgoingBatch[]
}

interface Filling extends TopicPartition {
  readonly index: number
  readonly batches: OutgoingBatch[]
  readonly writer: BatchWriter
}

/** The outputs of one commit as batches. */
export interface Outgoing {
  readonly partitions: readonly OutgoingPartition[]
  /** Offsets in the order of the outputs, when all batches have theirs. */
  offsets(): readonly bigint[]
}

/** Writes outputs into batches, by partition, in their order. */
export function toBatches(
  outputs: readonly ProducerRecord[],
  session: ProducerSession,
  compression: Compression,
): Outgoing {
  const byTopic = new Map<string, (Filling | undefined)[]>()
  const partitions: Filling[] = []
  const partitionOf = new Uint32Array(outputs.length)
  const cut = (filling: Filling): void => {
    const { count } = filling.writer
    const bytes = filling.writer.finish(session.identify(filling, count), compression)
    filling.batches.push({ bytes, count, baseOffset: -1 })
  }
  // Outputs of a topic mostly come together.
  let lastTopic = ''
  let ofTopic: (Filling | undefined)[] = []
  const begin = ({ topic, partition }: TopicPartition): Filling => {
    const filling = { topic, partition, index: partitions.length, batches: [], writer: new BatchWriter() }
    partitions.push(filling)
    ofTopic[partition] = filling
    byTopic.set(topic, ofTopic)
    return filling
  }
  for (let n = 0; n < outputs.length; n++) {
    const record = outputs[n] as ProducerRecord
    if (record.topic !== lastTopic) {
      lastTopic = record.topic
      ofTopic = byTopic.get(lastTopic) ?? []
    }
    const filling = ofTopic[record.partition] ?? begin(record)
    if (filling.writer.count > 0 && filling.writer.length + sizeOf(record) > BATCH_BYTES_MAX) cut(filling)
    filling.writer.append(record)
    partitionOf[n] = filling.index
  }
  for (const filling of partitions) if (filling.writer.count > 0) cut(filling)
  return { partitions, offsets: () => offsetsOf(partitionOf, partitions) }
}

const sizeOf = ({ key, value }: ProducerRecord): number => (key?.length ?? 0) + (value?.length ?? 0)

/** Outputs of a partition have the offsets of its batches one after the other. */
function offsetsOf(partitionOf: Uint32Array, partitions: readonly OutgoingPartition[]): readonly bigint[] {
  const walks = partitions.map(({ batches }) => ({ batches, batch: 0, next: 0 }))
  const offsets = new Array<bigint>(partitionOf.length)
  for (let n = 0; n < partitionOf.length; n++) {
    const walk = walks[partitionOf[n] as number]
    const batch = walk?.batches[walk.batch]
    if (walk === undefined || batch === undefined) continue
    offsets[n] = BigInt(batch.baseOffset + walk.next)
    walk.next++
    if (walk.next < batch.count) continue
    walk.batch++
    walk.next = 0
  }
  return offsets
}
