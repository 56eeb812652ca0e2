import type { Clock } from '../clock.ts'
import type { Graph, SourceSpec } from '../graph.ts'
import type { Source, SourceProgress } from '../processor.ts'
import type { BufferedStore } from '../state/buffered-store.ts'
import { type DeadLetter, DeadLetters } from './dead-letters.ts'
import { OutputTopics, type TaskOutput } from './outputs.ts'
import { Punctuators } from './punctuators.ts'
import { TaskContext } from './task-context.ts'

/** What one poll gave: outputs, what it wrote to its stores, and records that no topic could take. */
export interface Polled {
  readonly progress: SourceProgress
  readonly outputs: readonly TaskOutput[]
  readonly deadLetters: readonly DeadLetter[]
}

export interface SourceTaskOptions {
  readonly graph: Graph
  readonly node: SourceSpec
  readonly stores: ReadonlyMap<string, BufferedStore<unknown>>
  readonly clock: Clock
  readonly appVersion: string
}

/** The one task of a source. A poll is all or nothing, like a processor's call; a failed one leaves no trace. */
export class SourceTask {
  readonly node: SourceSpec
  readonly taskId: string
  readonly stores: ReadonlyMap<string, BufferedStore<unknown>>
  readonly #options: SourceTaskOptions
  readonly #context: TaskContext
  readonly #topics: OutputTopics
  readonly #source: Source
  readonly #deadLetters: DeadLetters

  constructor(options: SourceTaskOptions) {
    this.#options = options
    this.node = options.node
    this.taskId = `${options.node.name}_0`
    this.stores = options.stores
    this.#topics = new OutputTopics(options.graph, options.node, `${options.node.name}_0`)
    this.#context = new TaskContext(
      this.taskId,
      this.#topics,
      { stores: this.stores, tables: new Map(), clock: options.clock },
      new Punctuators(),
      () => -1,
    )
    this.#deadLetters = new DeadLetters(options)
    this.#source = options.node.create()
  }

  async init(): Promise<void> {
    this.#context.begin(this.#options.clock.now(), undefined)
    await this.#source.init?.(this.#context)
    this.#context.keep()
  }

  /** Polls once. Writes stay in the stores' call layer until `keep` (or `take` of the stores). Rejects with what the source threw. */
  async poll(): Promise<Polled> {
    this.#context.begin(this.#options.clock.now(), undefined)
    try {
      const progress = await this.#source.poll(this.#context)
      const outputs: TaskOutput[] = []
      const deadLetters: DeadLetter[] = []
      for (const record of this.#context.forwarded) {
        try {
          outputs.push(this.#topics.serialize(record, this.#options.clock.now(), 0, undefined))
        } catch (error) {
          const failure = {
            taskId: this.taskId,
            stage: 'serialize' as const,
            error,
            attempts: 1,
            firstAtMs: this.#options.clock.now(),
          }
          deadLetters.push(this.#deadLetters.ofOutput(record, failure))
        }
      }
      return { progress, outputs, deadLetters }
    } catch (error) {
      this.#context.drop()
      throw error
    }
  }

  keep(): void {
    this.#context.keep()
  }

  /** Nothing that comes is older. */
  get watermarkMs(): number {
    return this.#context.watermarkMs ?? this.#options.clock.now()
  }

  /** What the first `polls` polls gave is committed. */
  async committed(polls: number): Promise<void> {
    await this.#source.committed?.(polls)
  }

  async close(): Promise<void> {
    await this.#source.close?.()
  }
}
