import type { Clock } from '../clock.ts'
import { type CallPolicy, DEFAULT_CALLS, type ErrorPolicy, type ProcessorSpec } from '../graph.ts'
import { ParkedRecord } from '../parking/parked-record.ts'
import type { AsyncProcessor, CallContext, Finish } from '../processor.ts'
import { backoffMs, isRetriable } from '../task/backoff.ts'
import type { FailureStage } from '../task/dead-letter.ts'
import { decodeKey, type QueuedRecord } from '../task/queued-record.ts'
import { Answers, RecentAnswers } from './answers.ts'
import { CallLimits, type Permit } from './call-limits.ts'
import { KeyLanes } from './key-lanes.ts'
import { oneTry } from './one-try.ts'

/** What the tasks of a node share in one process. */
export interface SharedCalls {
  readonly limits: CallLimits
  readonly recent: RecentAnswers
}

export const sharedCalls = (node: Pick<ProcessorSpec, 'calls' | 'stores'>, clock: Clock): SharedCalls => ({
  limits: new CallLimits(node.calls ?? DEFAULT_CALLS, clock),
  recent: new RecentAnswers(clock, node.stores.find(({ name }) => name === node.calls?.memo)?.ttlMs),
})

/** How a record's call went, tries included. */
export interface CallEnd {
  readonly record: QueuedRecord
  /** How long the answer took; of the last try. */
  readonly tookMs: number
  readonly finish: Finish | undefined
  /** It was not made: an older record of its key is parked. */
  readonly isHeld?: true
  readonly failure:
    | {
        readonly stage: FailureStage
        readonly error: unknown
        readonly attempts: number
        readonly firstAtMs: number
      }
    | undefined
}

export interface CallsOptions extends SharedCalls {
  readonly taskId: string
  readonly processor: AsyncProcessor
  readonly policy: CallPolicy
  readonly errors: ErrorPolicy
  readonly clock: Clock
  readonly random: () => number
  readonly memo: ConstructorParameters<typeof Answers>[0]
  readonly table: CallContext['table']
  /** An older record of its key is parked, so that no call is made for this one. */
  readonly held: (record: QueuedRecord) => boolean
  /** A call has ended: `takeEnded` gives it. */
  readonly ended: () => void
  /** Something was written to the memo. */
  readonly remembered: () => void
}

/**
 * The calls of a task. A record that is begun is open until it is `done`: it waits for others of its key, for leave to
 * call, for the answer, and with that for its turn in the task. Calls hold nothing of the log: no transaction is open while one
 * runs, and the group hears of us meanwhile.
 */
export class Calls {
  readonly #options: CallsOptions
  readonly #answers: Answers
  readonly #lanes: KeyLanes<QueuedRecord>
  readonly #open = new Set<QueuedRecord>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #ended: CallEnd[] = []
  /** No call begins any more; those under way end. */
  readonly #stopped = new AbortController()
  /** Nobody hears of what is under way. */
  readonly #dropped = new AbortController()

  constructor(options: CallsOptions) {
    this.#options = options
    this.#answers = new Answers(options.memo, options.recent, options.remembered)
    this.#lanes = new KeyLanes((record) => this.#start(record))
  }

  /** Records begun and not done. */
  get inFlight(): number {
    return this.#open.size
  }

  get hasRoom(): boolean {
    return this.#open.size < this.#options.policy.inFlightMax && !this.#stopped.signal.aborted
  }

  begin(record: QueuedRecord): void {
    this.#open.add(record)
    const key = this.#laneOf(record)
    if (key === undefined) this.#start(record)
    else this.#lanes.enter(key, record)
  }

  /** A call that has ended, in the order they did. */
  takeEnded(): CallEnd | undefined {
    return this.#ended.shift()
  }

  /** All that came of the record is kept: the next of its key may begin. */
  done(record: QueuedRecord): void {
    if (!this.#open.delete(record)) return
    const key = this.#laneOf(record)
    if (key !== undefined) this.#lanes.leave(key)
  }

  /** No call begins any more. Resolves when those under way have ended, tries to come not waited for. */
  async stop(): Promise<void> {
    this.#stopped.abort('stopped')
    await this.settled()
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.race(this.#underWay)
  }

  /** What is under way is aborted, and nothing of it counts. */
  drop(): void {
    this.#answers.end()
    this.#stopped.abort('dropped')
    this.#dropped.abort('dropped')
    this.#open.clear()
    this.#ended.length = 0
  }

  #laneOf(record: QueuedRecord): string | undefined {
    const { order } = this.#options.policy
    // A parked record has its key for itself: what comes meanwhile goes behind it.
    if (record instanceof ParkedRecord) return undefined
    return order === 'unordered' || record.keyBytes === undefined ? undefined : decodeKey(record.keyBytes)
  }

  #start(record: QueuedRecord): void {
    const running = this.#run(record).finally(() => this.#underWay.delete(running))
    this.#underWay.add(running)
  }

  /** A record whose tries are stopped stays open: who begins at the committed offset makes its call. */
  async #run(record: QueuedRecord): Promise<void> {
    const end = await this.#tries(record)
    if (end === undefined || this.#dropped.signal.aborted) return
    this.#ended.push(end)
    this.#options.ended()
  }

  async #tries(record: QueuedRecord): Promise<CallEnd | undefined> {
    const { limits, errors, clock, random, held } = this.#options
    if (!(record instanceof ParkedRecord) && held(record)) {
      await undefined
      return { record, tookMs: 0, finish: undefined, failure: undefined, isHeld: true }
    }
    const firstAtMs = clock.now()
    for (let attempt = 1; ; ) {
      const permit = await limits.enter(this.#stopped.signal)
      if (permit === undefined) return undefined
      const startedMs = clock.now()
      const tookMs = (): number => Math.max(0, clock.now() - startedMs)
      try {
        const finish = await this.#try(record, attempt, permit)
        return { record, tookMs: tookMs(), finish, failure: undefined }
      } catch (error) {
        if (this.#dropped.signal.aborted) return undefined
        const isLast = !isRetriable(error) || this.#isLastTry(attempt, permit)
        const stage = record.input === undefined ? 'deserialize' : 'process'
        const failure = { stage, error, attempts: attempt, firstAtMs } as const
        if (isLast) return { record, tookMs: tookMs(), finish: undefined, failure }
      }
      if (!permit.isProbe) attempt += 1
      await clock.sleep(backoffMs(errors, Math.max(1, attempt - 1), random), this.#stopped.signal)
    }
  }

  async #try(record: QueuedRecord, attempt: number, permit: Permit): Promise<Finish | undefined> {
    const { processor, limits, policy, clock, taskId } = this.#options
    const what = `${taskId}, ${record.spec.topic}-${record.partition} @ ${record.offset}`
    const ask = async (signal: AbortSignal): Promise<Finish | undefined> =>
      await processor.call(await record.decode(), this.#context(signal, attempt, permit))
    let how: Parameters<CallLimits['leave']>[1] = 'answered'
    try {
      return await oneTry(ask, { clock, timeoutMs: policy.timeoutMs, gone: this.#dropped.signal, what })
    } catch (error) {
      how = this.#dropped.signal.aborted ? 'given_up' : isRetriable(error) ? 'failed' : 'answered'
      throw error
    } finally {
      limits.leave(permit, how)
    }
  }

  /** A probe that fails says nothing of its record: it is tried again, however often it was. */
  #isLastTry(attempt: number, { isProbe }: Permit): boolean {
    return !isProbe && attempt > this.#options.errors.retryMax
  }

  #context(signal: AbortSignal, attempt: number, permit: Permit): CallContext {
    const { taskId, table, clock } = this.#options
    return {
      taskId,
      signal,
      attempt,
      isLastAttempt: this.#isLastTry(attempt, permit),
      table,
      wallTimeMs: () => clock.now(),
      once: (key, pay) => this.#answers.once(key, pay),
    }
  }
}
