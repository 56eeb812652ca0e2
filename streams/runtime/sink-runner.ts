import { type Clock, passedMs } from '../clock.ts'
import { watermarkOf } from '../event-time/watermark.ts'
import { type Graph, groupOf, type SinkSpec } from '../graph.ts'
import type { LogDriver, LogProducer } from '../log/port.ts'
import type { ByteSink, Sink } from '../processor.ts'
import type { InputRecord, LogRecord, ProducerRecord } from '../record.ts'
import { backoffMs, isRetriable } from '../task/backoff.ts'
import type { FailureStage } from '../task/dead-letter.ts'
import { DeadLetters } from '../task/dead-letters.ts'
import { topicOf } from '../task/outputs.ts'
import { QueuedRecord } from '../task/queued-record.ts'
import type { NodeStatus } from './application-options.ts'
import type { EngineLogger } from './logger.ts'
import { NodeMetrics } from './node-metrics.ts'
import { SinkInput } from './sink-input.ts'
import { Wakeup } from './wakeup.ts'

/** While nothing comes. */
const CHECK_EVERY_MS = 2_000

export interface SinkOptions {
  readonly graph: Graph
  readonly node: SinkSpec
  readonly driver: LogDriver
  readonly clock: Clock
  readonly random: () => number
  readonly logger: EngineLogger
  readonly appVersion: string
  readonly processId: string
}

/**
 * Runs a sink: poll a batch, write it, flush, and only then commit its offsets together with its dead letters. Trouble that
 * may pass is retried for ever, with the node's health telling; a batch refused for good is written in ever smaller parts, and
 * records refused alone become dead letters. A crash repeats a batch and loses none.
 */
export class SinkRunner {
  readonly metrics = new NodeMetrics()
  readonly #options: SinkOptions
  readonly #sink: Sink | ByteSink
  readonly #deadLetters: DeadLetters
  readonly #wakeup: Wakeup
  readonly #specs: ReadonlyMap<string, ReturnType<typeof topicOf>>
  #input: SinkInput
  #producer: LogProducer | undefined
  #failures = 0
  #stopping = false
  #checkedMs = Number.NEGATIVE_INFINITY
  #writing = false
  #loop: Promise<void> = Promise.resolve()

  constructor(options: SinkOptions) {
    this.#options = options
    this.#sink = options.node.create()
    this.#deadLetters = new DeadLetters(options)
    this.#wakeup = new Wakeup(options.clock)
    const specs = options.node.from.map((name) => topicOf(options.graph, name, options.node.name))
    this.#specs = new Map(specs.map((spec) => [spec.topic, spec]))
    this.#input = this.#newInput()
  }

  /** Failures of `init` are retried as those of `write` are; `fail` is called where the policy is to stop. */
  start(fail: (error: unknown) => void): void {
    this.#loop = this.#run().catch((error) => {
      this.metrics.failed(error, this.#options.clock.now())
      if (!this.#stopping) fail(error)
    })
  }

  /** Whoever waits for the sink to be done: what is gathered goes out now. */
  hurry(): void {
    this.#input.hurry()
  }

  get writing(): boolean {
    return this.#writing
  }

  status(): NodeStatus {
    const counts = this.metrics.counts()
    const state = this.#stopping ? 'closed' : counts.lastError === undefined ? 'running' : 'failing'
    const tasks = [...this.#input.assigned].map((key) => ({
      taskId: `${this.#options.node.name}_${key}`,
      state: 'running' as const,
      streamTimeMs: -1,
    }))
    return { node: this.#options.node.name, kind: 'sink', state, tasks, ...counts }
  }

  /** Ends after the batch in hand. */
  async close(): Promise<void> {
    this.#stopping = true
    this.#wakeup.wake()
    await this.#loop
    await this.#input.consumer.close()
    await this.#producer?.close()
    await this.#sink.close?.()
  }

  async #run(): Promise<void> {
    await this.#untilDone(async () => await this.#sink.init?.())
    await this.#untilDone(async () => await this.#input.consumer.start())
    while (!this.#stopping) {
      try {
        await this.#turn()
      } catch (error) {
        if (!isPositionLost(error) || this.#stopping) throw error
        await this.#restart(error)
      }
      this.#writing = false
    }
  }

  async #turn(): Promise<void> {
    const records = await this.#gather()
    if (records.length === 0) return
    const [inputs, letters] = await this.#decode(records)
    const startedMs = this.metrics.start()
    letters.push(...(await this.#write(inputs)))
    this.metrics.processed(records.length, startedMs)
    await this.#commit(records, letters)
  }

  #newInput(): SinkInput {
    const { graph, node, driver, clock } = this.#options
    const sink = this.#sink
    const positions = sink.positions === undefined ? undefined : sink.positions.bind(sink)
    return new SinkInput({ graph, node, driver, clock, positions })
  }

  /** Records until the batch is ready, or the sink is to end. */
  async #gather(): Promise<readonly LogRecord[]> {
    for (let ready = false; !ready && !this.#stopping; ) {
      await this.#untilDone(async () => {
        ready = await this.#input.gather()
        if (this.#input.isEmpty) await this.#check()
      })
      this.#writing = !this.#input.isEmpty
    }
    return this.#input.take()
  }

  /** What was given may be gone outside though nothing is to be written. */
  async #check(): Promise<void> {
    const { clock } = this.#options
    if (this.#sink.check === undefined || passedMs(clock, this.#checkedMs) < CHECK_EVERY_MS) return
    await this.#sink.check()
    this.#checkedMs = clock.now()
  }

  async #decode(records: readonly LogRecord[]): Promise<[QueuedRecord[], ProducerRecord[]]> {
    const inputs: QueuedRecord[] = []
    const letters: ProducerRecord[] = []
    for (const record of records) {
      const spec = this.#specs.get(record.topic)
      if (spec === undefined || watermarkOf(record.headers) !== undefined) continue
      const queued = new QueuedRecord(spec, record)
      try {
        if (this.#sink.takes !== 'bytes') await this.#untilDone(async () => await queued.decode())
        inputs.push(queued)
      } catch (error) {
        letters.push(this.#deadLetter(queued, 'deserialize', error))
      }
    }
    return [inputs, letters]
  }

  /** Writes a batch; gives the dead letters of those that are refused for good. */
  async #write(batch: readonly QueuedRecord[]): Promise<ProducerRecord[]> {
    if (batch.length === 0) return []
    let unread: Awaited<ReturnType<ByteSink['write']>> = []
    try {
      await this.#untilDone(async () => {
        unread = await this.#hand(batch)
        await this.#sink.flush?.()
      })
    } catch (error) {
      if (isPositionLost(error)) throw error
      const [only] = batch
      if (batch.length === 1 && only !== undefined) return [this.#deadLetter(only, 'sink', error)]
      // By halves: one record among thousands is found in a few writes.
      const middle = Math.ceil(batch.length / 2)
      return [...(await this.#write(batch.slice(0, middle))), ...(await this.#write(batch.slice(middle)))]
    }
    return unread.map(({ index, error }) => this.#deadLetter(batch[index] as QueuedRecord, 'deserialize', error))
  }

  async #hand(batch: readonly QueuedRecord[]): ReturnType<ByteSink['write']> {
    if (this.#sink.takes === 'bytes') return await this.#sink.write(batch.map((one) => one.toLogRecord()))
    await this.#sink.write(batch.map((one) => one.input as InputRecord))
    return []
  }

  #deadLetter(record: QueuedRecord, stage: FailureStage, error: unknown): ProducerRecord {
    if (this.#stopping && isRetriable(error)) throw error
    const taskId = `${this.#options.node.name}_${record.partition}`
    const firstAtMs = this.#options.clock.now()
    const letter = this.#deadLetters.of(record, { taskId, stage, error, attempts: 1, firstAtMs })
    this.metrics.deadLettered()
    return { ...letter, partition: 0 }
  }

  async #commit(records: readonly LogRecord[], outputs: readonly ProducerRecord[]): Promise<void> {
    const { graph, node, driver, processId } = this.#options
    const groupId = groupOf(graph, node.name)
    const offsets = this.#input.offsetsPast(records)
    if (offsets.size === 0) return
    try {
      await this.#untilDone(async () => {
        const transactionalId = `${groupId}.${processId}`
        this.#producer ??= await driver.producer({ guarantee: 'at_least_once', transactionalId })
        await this.#producer.commit({ outputs, consumer: this.#input.consumer, groupId, offsets })
      })
      this.#failures = 0
    } catch (error) {
      await this.#restart(error)
    }
  }

  /** Nobody knows what was committed, or the sink stands elsewhere: begin again from what the log or the sink says. */
  async #restart(error: unknown): Promise<void> {
    const { node, logger, clock, random } = this.#options
    logger.warn({ node: node.name, error: String(error) }, 'the sink begins again from the offsets that are committed')
    this.metrics.failed(error, clock.now())
    this.#failures += 1
    await this.#producer?.close().catch(() => {})
    this.#producer = undefined
    await this.#input.consumer.close().catch(() => {})
    if (!this.#stopping) await this.#wakeup.wait(backoffMs(node.errors, this.#failures, random))
    this.#input = this.#newInput()
    await this.#untilDone(async () => await this.#input.consumer.start())
  }

  /** Retries what may pass for as long as the application runs; rejects with what will not. */
  async #untilDone(work: () => Promise<unknown>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await work()
        if (attempt > 1) this.metrics.recovered()
        return
      } catch (error) {
        if (!isRetriable(error) || this.#stopping) throw error
        this.metrics.failed(error, this.#options.clock.now())
        await this.#wakeup.wait(backoffMs(this.#options.node.errors, attempt, this.#options.random))
      }
    }
  }
}

const isPositionLost = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'SINK_POSITION_LOST'
