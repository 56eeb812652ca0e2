import type { InputRecord, LogRecord, OutputRecord, TopicPartition } from './record.ts'
import type { KeyValueStore, ReadOnlyTable } from './state/store.ts'

/** `stream_time` moves with the records of the task; `wall_clock_time` with the clock handed in. */
export type PunctuationType = 'stream_time' | 'wall_clock_time'

/** What a processor may do besides computing. One context a task; nothing of it is shared between tasks. */
export interface ProcessorContext {
  /** `extract_3`: processor and partition. */
  readonly taskId: string
  /** Hands a record to a topic the topology lists under `to:`. Throws where the topic is not listed, or several are and none is named. */
  forward(record: OutputRecord): void
  /** A store the topology lists under `state:`. */
  store<V>(name: string): KeyValueStore<V>
  /** A global table the topology lists under `tables:`, by its name there. */
  table<V>(name: string): ReadOnlyTable<V>
  /** Highest record timestamp this task has seen, epoch milliseconds; -1 before the first. It survives a restart. */
  streamTimeMs(): number
  /** The clock handed to the application, epoch milliseconds. */
  wallTimeMs(): number
  /** Calls back every `intervalMs` of the given time, first when that much has passed. Call it in `init`. */
  schedule(intervalMs: number, type: PunctuationType, punctuate: (timeMs: number) => void | Promise<void>): void
  /**
   * Calls `work` once the running call has succeeded, as a call of its own, and again for as long as it gives true; the
   * same function waits at most once. A throw goes to the dead letters, and `work` is called once more: it must not fail
   * at the same thing again. Not durable: what is to happen must be in a store.
   */
  defer(work: () => boolean): void
}

/**
 * The code of a node. `process` sees records in offset order per partition and lowest-timestamp-first over a task's
 * partitions. An exception sends the record to the dead-letter topic and drops what the call had forwarded and stored.
 */
export interface Processor {
  init?(context: ProcessorContext): void | Promise<void>
  process(record: InputRecord, context: ProcessorContext): void | Promise<void>
  close?(): void | Promise<void>
}

/** What a call may do: ask outside, and read. What it makes of the answer is for the function it gives. */
export interface CallContext {
  /** `extract_3`: processor and partition. */
  readonly taskId: string
  /** Aborts when nobody waits for the answer any more: the call took too long, or its record is somebody else's now. */
  readonly signal: AbortSignal
  /** 1, and one more with each try. */
  readonly attempt: number
  /** After this one fails there is none: what can be said without an answer is to be said now. */
  readonly isLastAttempt: boolean
  /** A global table the topology lists under `tables:`, by its name there. */
  table<V>(name: string): ReadOnlyTable<V>
  /** The clock handed to the application, epoch milliseconds. */
  wallTimeMs(): number
  /**
   * What `pay` gives, from the node's memo where it was paid for before; the key stands for all that the answer depends on,
   * and answers are JSON. They are durable with the next commit. Without a memo `pay` is called every time.
   */
  once<T>(key: string, pay: () => Promise<T>): Promise<T>
}

/** What a call gives: forwards and stores, as one call of the task, at once and without waiting. */
export type Finish = (context: ProcessorContext) => void

/**
 * The code of a node that asks somebody slow. `call` runs for many records side by side, of one key for one at a time, as
 * the node's limits say. What it gives is called once nothing else of the task runs; outputs, stores and the record's
 * offset commit together. A call may be made again, after a failure or a crash; what was committed is not.
 */
export interface AsyncProcessor {
  init?(context: ProcessorContext): void | Promise<void>
  call(record: InputRecord, context: CallContext): Promise<Finish | undefined>
  close?(): void | Promise<void>
}

export interface SourceContext extends Omit<ProcessorContext, 'streamTimeMs' | 'schedule' | 'defer'> {
  /**
   * Nothing that will be forwarded is older than this, epoch milliseconds. A source that never says so is taken to forward
   * what happens now.
   */
  watermark(timeMs: number): void
}

/**
 * A node without input topics: one task, polled while there is capacity. What it forwards and what it writes to its
 * store (its position) commit together, so a restart continues exactly after the last committed batch.
 * `idle`: nothing now, ask again later; `more`: ask again at once; `done`: never again (the end of a recording).
 */
export interface Source {
  init?(context: SourceContext): void | Promise<void>
  poll(context: SourceContext): Promise<SourceProgress>
  /**
   * After a commit: what the first `polls` successful polls since `init` forwarded is in the log for good, so that what
   * they came from may be let go of outside. Called in order, not for every poll; a throw is only logged.
   */
  committed?(polls: number): void | Promise<void>
  close?(): void | Promise<void>
}
export type SourceProgress = 'idle' | 'more' | 'done'

/**
 * The code of a sink: an effect outside the log. Records come in batches, in offset order per partition. Once `write`
 * resolves they are durable outside; offsets are committed after that, so a crash repeats records and never loses them:
 * the sink must take a repeat as the same fact (`idempotent-key`) or know how far it came (`offset-fenced`).
 */
export interface Sink {
  readonly takes?: 'values'
  init?(): void | Promise<void>
  /**
   * Where to begin, by `partitionKey` with topics by their name in the topology: for a sink that keeps outside how far it
   * came. Asked at every assignment; partitions left out begin at their committed offset. Should what it keeps go back, its
   * `write` throws SINK_POSITION_LOST, drops the batch, and is asked again.
   */
  positions?(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, bigint | 'earliest'>>
  write(records: readonly InputRecord[]): Promise<void>
  /** Every few seconds while nothing comes, for a sink with `positions`: throws SINK_POSITION_LOST where that went back. */
  check?(): Promise<void>
  /** Before offsets are committed: everything still held back goes out now. */
  flush?(): Promise<void>
  close?(): void | Promise<void>
}

/** A sink that decodes by itself, elsewhere: it takes records as they lie in the log. Otherwise as {@link Sink}. */
export interface ByteSink extends Omit<Sink, 'write' | 'takes'> {
  readonly takes: 'bytes'
  /** Resolves to the records of the batch, by index, that cannot be decoded and were left out. */
  write(records: readonly LogRecord[]): Promise<readonly { readonly index: number; readonly error: unknown }[]>
}
