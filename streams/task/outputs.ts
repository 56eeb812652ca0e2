import { StreamsError } from '../errors.ts'
import { TASK_HEADER } from '../event-time/watermark.ts'
import type { Graph, TopicSpec } from '../graph.ts'
import { partitionOf } from '../partition.ts'
import type { Headers, OutputRecord, ProducerRecord } from '../record.ts'
import { RECORD_BYTES_MAX } from './dead-letter.ts'

/** A forwarded record, serialized; key and value stay beside the bytes for readers in this process. */
export interface TaskOutput {
  readonly spec: TopicSpec
  readonly record: ProducerRecord
  readonly key: string | undefined
  readonly value: unknown
}

const NO_HEADERS: Headers = {}

/** What a node may forward to, and how its records become bytes. */
export class OutputTopics {
  readonly #node: string
  readonly #topics: ReadonlyMap<string, TopicSpec>
  readonly #only: TopicSpec | undefined
  /** Names the writing task on every record, where tasks keep to one event time. */
  readonly #headers: Headers

  constructor(graph: Graph, node: { readonly name: string; readonly to: readonly string[] }, taskId: string) {
    this.#node = node.name
    this.#headers = graph.eventTime === undefined ? NO_HEADERS : { [TASK_HEADER]: taskId }
    this.#topics = new Map(node.to.map((name) => [name, topicOf(graph, name, node.name)]))
    this.#only = node.to.length === 1 ? this.#topics.get(node.to[0] as string) : undefined
  }

  /** The topic a record goes to. Throws TOPOLOGY_INVALID where it is not listed, or several are and none is named. */
  specOf(record: OutputRecord): TopicSpec {
    const spec = record.topic === undefined ? this.#only : this.#topics.get(record.topic)
    if (spec !== undefined) return spec
    const listed = [...this.#topics.keys()].join(', ') || 'none'
    throw new StreamsError(
      'TOPOLOGY_INVALID',
      record.topic === undefined
        ? `${this.#node} forwards without a topic; it has ${listed}: name one`
        : `${this.#node} forwards to ${record.topic}, but its \`to:\` lists ${listed}`,
      { node: this.#node },
    )
  }

  /** Throws SERIALIZATION or RECORD_TOO_LARGE. `partitionHint` places records without a key. */
  serialize(
    output: OutputRecord,
    timestampMs: number,
    partitionHint: number,
    traceparent: string | undefined,
  ): TaskOutput {
    const spec = this.specOf(output)
    const key = output.key === undefined ? undefined : Buffer.from(output.key)
    const value = output.value === undefined ? undefined : this.#valueBytes(spec, output)
    const bytes = (key?.length ?? 0) + (value?.length ?? 0)
    if (bytes > RECORD_BYTES_MAX) {
      const message = `${this.#node} -> ${spec.name}: record ${output.key} has ${bytes} bytes, over the limit of ${RECORD_BYTES_MAX}`
      throw new StreamsError('RECORD_TOO_LARGE', message, { node: this.#node, topic: spec.topic, bytes })
    }
    const partition = key === undefined ? partitionHint % spec.partitions : partitionOf(key, spec.partitions)
    let headers = output.headers === undefined ? this.#headers : { ...output.headers, ...this.#headers }
    if (traceparent !== undefined && headers['traceparent'] === undefined) headers = { ...headers, traceparent }
    const record = { topic: spec.topic, partition, timestampMs: output.timestampMs ?? timestampMs, key, value, headers }
    return { spec, record, key: output.key, value: output.value }
  }

  #valueBytes(spec: TopicSpec, output: OutputRecord): Uint8Array {
    try {
      return spec.value.serialize(output.value)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      const message = `${this.#node} -> ${spec.name}: record ${output.key} does not fit the schema: ${reason}`
      throw new StreamsError('SERIALIZATION', message, { node: this.#node, topic: spec.topic }, cause)
    }
  }
}

export function topicOf(graph: Graph, name: string, node: string): TopicSpec {
  const spec = graph.topics[name]
  if (spec === undefined)
    throw new StreamsError('TOPOLOGY_INVALID', `${node} names topic ${name}, which is not declared`, { node })
  return spec
}
