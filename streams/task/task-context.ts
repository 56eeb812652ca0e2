import type { Clock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import type { ProcessorContext, PunctuationType, SourceContext } from '../processor.ts'
import type { OutputRecord } from '../record.ts'
import type { BufferedStore } from '../state/buffered-store.ts'
import type { GlobalTable } from '../state/global-table.ts'
import type { KeyValueStore, ReadOnlyTable } from '../state/store.ts'
import type { OutputTopics, TaskOutput } from './outputs.ts'
import type { Punctuators } from './punctuators.ts'

interface ContextPorts {
  readonly stores: ReadonlyMap<string, BufferedStore<unknown>>
  readonly tables: ReadonlyMap<string, GlobalTable<unknown>>
  readonly clock: Clock
}

/** What a node's code sees of its task, and what the running call has done so far. */
export class TaskContext implements ProcessorContext, SourceContext {
  readonly taskId: string
  readonly streamTimeMs: () => number
  readonly #topics: OutputTopics
  readonly #ports: ContextPorts
  readonly #punctuators: Punctuators
  #forwarded: OutputRecord[] = []
  /** What the running call deferred, and what waits for its turn. */
  #asked: (() => boolean)[] = []
  #deferred: (() => boolean)[] = []
  #timestampMs = 0
  /** What a source has said of its time. */
  watermarkMs: number | undefined
  #traceparent: string | undefined

  constructor(
    taskId: string,
    topics: OutputTopics,
    ports: ContextPorts,
    punctuators: Punctuators,
    streamTimeMs: () => number,
  ) {
    this.taskId = taskId
    this.#topics = topics
    this.#ports = ports
    this.#punctuators = punctuators
    this.streamTimeMs = streamTimeMs
  }

  forward(record: OutputRecord): void {
    this.#topics.specOf(record)
    this.#forwarded.push(record)
  }

  store<V>(name: string): KeyValueStore<V> {
    const store = this.#ports.stores.get(name)
    if (store !== undefined) return store as unknown as KeyValueStore<V>
    throw this.#unknown('store', name, 'state', [...this.#ports.stores.keys()])
  }

  table<V>(name: string): ReadOnlyTable<V> {
    const table = this.#ports.tables.get(name)
    if (table !== undefined) return table as unknown as ReadOnlyTable<V>
    throw this.#unknown('table', name, 'tables', [...this.#ports.tables.keys()])
  }

  wallTimeMs(): number {
    return this.#ports.clock.now()
  }

  schedule(intervalMs: number, type: PunctuationType, punctuate: (timeMs: number) => void | Promise<void>): void {
    const nowMs = type === 'stream_time' ? this.streamTimeMs() : this.#ports.clock.now()
    this.#punctuators.schedule(intervalMs, type, punctuate, nowMs)
  }

  watermark(timeMs: number): void {
    this.watermarkMs = timeMs
  }

  defer(work: () => boolean): void {
    if (!this.#asked.includes(work)) this.#asked.push(work)
  }

  /** The work that is next among what finished calls deferred. */
  takeDeferred(): (() => boolean) | undefined {
    return this.#deferred.length === 0 ? undefined : this.#deferred.shift()
  }

  /** Work that is to be called again, before anything else. */
  deferAgain(work: () => boolean): void {
    if (!this.#deferred.includes(work)) this.#deferred.unshift(work)
  }

  /** A call begins; what it forwards without a time gets this one. */
  begin(timestampMs: number, traceparent: string | undefined): void {
    this.#timestampMs = timestampMs
    this.#traceparent = traceparent
    if (this.#forwarded.length > 0) this.#forwarded = []
  }

  /** The bytes of what the call forwarded, in order. Throws SERIALIZATION or RECORD_TOO_LARGE. */
  serialize(partitionHint: number): readonly TaskOutput[] {
    if (this.#forwarded.length === 0) return NONE
    return this.#forwarded.map((one) =>
      this.#topics.serialize(one, this.#timestampMs, partitionHint, this.#traceparent),
    )
  }

  /** What the call forwarded, as it was handed over. */
  get forwarded(): readonly OutputRecord[] {
    return this.#forwarded
  }

  keep(): void {
    for (const store of this.#ports.stores.values()) store.keepCall()
    if (this.#asked.length > 0) {
      for (const work of this.#asked) if (!this.#deferred.includes(work)) this.#deferred.push(work)
      this.#asked = []
    }
    if (this.#forwarded.length > 0) this.#forwarded = []
  }

  drop(): void {
    for (const store of this.#ports.stores.values()) store.dropCall()
    if (this.#asked.length > 0) this.#asked = []
    if (this.#forwarded.length > 0) this.#forwarded = []
  }

  #unknown(kind: string, name: string, list: string, known: readonly string[]): StreamsError {
    const message = `${this.taskId} asks for ${kind} ${name}; its \`${list}:\` lists ${known.join(', ') || 'none'}`
    return new StreamsError('TOPOLOGY_INVALID', message, { taskId: this.taskId })
  }
}

const NONE: readonly TaskOutput[] = []
