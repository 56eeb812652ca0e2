import type { Clock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import { deadLetterTopicOf, type ErrorPolicy, type Graph } from '../graph.ts'
import type { Headers, OutputRecord } from '../record.ts'
import { deadLetterHeaders, type FailureStage } from './dead-letter.ts'
import type { QueuedRecord } from './queued-record.ts'

/** A record for the node's dead-letter topic; the runtime knows how many partitions that has. */
export interface DeadLetter {
  readonly topic: string
  readonly timestampMs: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly headers: Headers
}

export interface Failure {
  readonly taskId: string
  readonly stage: FailureStage
  readonly error: unknown
  readonly attempts: number
  readonly firstAtMs: number
}

const VALUE_CHARS_MAX = 200_000

/** Makes the dead letters of a node. */
export class DeadLetters {
  readonly #graph: Graph
  readonly #node: { readonly name: string; readonly errors: ErrorPolicy }
  readonly #clock: Clock
  readonly #appVersion: string

  constructor(options: {
    readonly graph: Graph
    readonly node: { readonly name: string; readonly errors: ErrorPolicy }
    readonly clock: Clock
    readonly appVersion: string
  }) {
    this.#graph = options.graph
    this.#node = options.node
    this.#clock = options.clock
    this.#appVersion = options.appVersion
  }

  /** The record as the bytes it came in. Throws PROCESSING where the node's policy is to stop. */
  of(record: QueuedRecord, failure: Failure): DeadLetter {
    this.#stopHere(`${record.spec.topic}-${record.partition} @ ${record.offset}`, failure)
    const { timestampMs, keyBytes: key, valueBytes: value } = record
    return {
      topic: this.#topic,
      timestampMs,
      key,
      value,
      headers: this.#headers(failure, { ...record, topic: record.spec.topic, value }),
    }
  }

  /** A failed timer: there is no record, so the task is the key. Throws PROCESSING where the node's policy is to stop. */
  ofTimer(failure: Failure, timeMs: number): DeadLetter {
    this.#stopHere('a timer', failure)
    const key = Buffer.from(failure.taskId)
    return {
      topic: this.#topic,
      timestampMs: timeMs,
      key,
      value: undefined,
      headers: this.#headers(failure, undefined),
    }
  }

  /** What a source forwarded and no topic can take. There are no original bytes: the value goes as JSON, cut where it is what was too large. */
  ofOutput(record: OutputRecord, failure: Failure): DeadLetter {
    const key = record.key === undefined ? undefined : Buffer.from(record.key)
    const value = Buffer.from(inWords(record.value).slice(0, VALUE_CHARS_MAX))
    const timestampMs = record.timestampMs ?? this.#clock.now()
    return { topic: this.#topic, timestampMs, key, value, headers: this.#headers(failure, undefined) }
  }

  get #topic(): string {
    return deadLetterTopicOf(this.#graph, this.#node.name)
  }

  #headers(failure: Failure, record: Parameters<typeof deadLetterHeaders>[0]['record']): Headers {
    const lastAtMs = this.#clock.now()
    return deadLetterHeaders({ ...failure, node: this.#node.name, lastAtMs, appVersion: this.#appVersion, record })
  }

  #stopHere(where: string, { taskId, stage, error }: Failure): void {
    if (this.#node.errors.then !== 'stop') return
    const reason = error instanceof Error ? error.message : String(error)
    const message = `task ${taskId} stops at ${where}, stage ${stage}: ${reason}`
    throw new StreamsError('PROCESSING', message, { node: this.#node.name, taskId }, error)
  }
}

function inWords(value: unknown): string {
  try {
    return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one)) ?? ''
  } catch {
    return String(value)
  }
}
