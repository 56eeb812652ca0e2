import { type AvroRecord, loadAvroSchemas, type SchemaRegistry } from '../../../schemas/index.ts'
import { type ClusterOperations, type LogDriver, partitionKey, type TopicPartition } from '../../../streams/index.ts'
import { type CheckedTopology, diffRecords, type RecordsDiff, shadowTopicOf } from '../../../topology/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import { readOutputs } from './read-outputs.ts'
import type { TimeRange } from './stretches.ts'

/** A topic that a processor writes, with its shadow. */
export interface ShadowedOutput {
  /** In the topology, `documents.parsed`. */
  readonly name: string
  readonly topic: string
  readonly shadowTopic: string
  readonly schema: AvroRecord
  /** Fields that tell records apart beside the key. */
  readonly by: readonly string[]
}

export interface DiffOfTopic extends Omit<ShadowedOutput, 'name' | 'schema'> {
  readonly diff: RecordsDiff
}

/** What a processor writes. A record's own id is its first field, where that is one. */
export function outputsOf(topology: CheckedTopology, processor: string): readonly ShadowedOutput[] {
  const schemas = loadAvroSchemas(topology.schemaDirectory)
  return (topology.nodes[processor]?.to ?? []).flatMap((name) => {
    const { topic, schema: schemaName } = topology.topics[name] ?? {}
    const schema = schemaName === undefined ? undefined : schemas.get(schemaName)
    if (topic === undefined || schema === undefined) return []
    const first = schema.fields[0]?.name
    const by = first?.endsWith('_id') ? [first] : []
    return [{ name, topic, shadowTopic: shadowTopicOf(topic), schema, by }]
  })
}

export interface ComparePorts {
  readonly operations: ClusterOperations
  readonly driver: LogDriver
  readonly registry: SchemaRegistry
}

export interface CompareOptions {
  readonly range: TimeRange
  readonly ignore: readonly string[]
  /** More records of a topic are not compared. */
  readonly recordsMax: number
}

/** Compares what lies on the log. @throws CommandError where there is no shadow, or too much of it */
export async function compareOutputs(
  outputs: readonly ShadowedOutput[],
  ports: ComparePorts,
  { range, ignore, recordsMax }: CompareOptions,
): Promise<readonly DiffOfTopic[]> {
  const partitions = await partitionsOf(outputs, ports.operations)
  const diffs: DiffOfTopic[] = []
  for (const { topic, shadowTopic, schema, by } of outputs) {
    const read = async (of: string) => {
      const at = partitions.get(of) ?? []
      const found = await ports.operations.find(at, { timestampMs: Math.max(0, range.fromMs) })
      const starts = new Map([...found].map(([key, { offset }]) => [key, offset]))
      return readOutputs(of, range, starts, { ...ports, schema, recordsMax })
    }
    const diff = diffRecords(await read(topic), await read(shadowTopic), { by, ignore })
    diffs.push({ topic, shadowTopic, by, diff })
  }
  return diffs
}

async function partitionsOf(
  outputs: readonly ShadowedOutput[],
  operations: ClusterOperations,
): Promise<ReadonlyMap<string, readonly TopicPartition[]>> {
  const there = new Map((await operations.topics()).map(({ topic, partitions }) => [topic, partitions]))
  const missing = outputs.flatMap(({ topic, shadowTopic }) => [topic, shadowTopic]).find((topic) => !there.has(topic))
  if (missing !== undefined)
    throw new CommandError(EXIT.missing, `there is no topic ${missing}`, 'make one: stonks replay, stonks shadow')
  return new Map(
    [...there].map(([topic, count]) => [
      topic,
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    ]),
  )
}

/** The time of the first record that a shadow has written: what came before it cannot be compared. */
export async function shadowBeginsMs(
  outputs: readonly ShadowedOutput[],
  operations: ClusterOperations,
): Promise<number | undefined> {
  const partitions = await partitionsOf(outputs, operations)
  const at = outputs.flatMap(({ shadowTopic }) => partitions.get(shadowTopic) ?? [])
  const [start, end] = [await operations.find(at, 'earliest'), await operations.find(at, 'stable')]
  const looks = at.map((one) => {
    const key = partitionKey(one)
    return { at: one, offset: start.get(key)?.offset ?? 0n, end: end.get(key)?.offset ?? 0n }
  })
  const times = [...(await operations.peek(looks, 0)).values()].flatMap(({ timestampMs }) => timestampMs ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}
