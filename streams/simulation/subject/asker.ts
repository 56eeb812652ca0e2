import type { CallPolicy } from '../../graph.ts'
import type { AsyncProcessor, CallContext } from '../../processor.ts'
import type { InputRecord } from '../../record.ts'
import { type InputValue, isTooEarly, type SettledCalls, type SubjectPorts } from './subject-ports.ts'

/** Longer than an answer is waited for, and than those who give a partition up wait for calls under way. */
const SLOWEST_MS = 7_000

/** `map` where it asks outside, in one life of a process: answers come in any order, late, or not at the first try. */
export class Asker {
  readonly #ports: SubjectPorts
  readonly #policy: CallPolicy
  /** What was answered in this life. */
  readonly #paid = new Set<number>()
  #running = 0

  constructor(ports: SubjectPorts, policy: CallPolicy) {
    this.#ports = ports
    this.#policy = policy
  }

  processor(): AsyncProcessor {
    const settled = { done: new Set<number>(), paid: new Set<number>() } as {
      -readonly [K in keyof SettledCalls]: SettledCalls[K]
    }
    return {
      // Where it begins is read by then: what counts for good must not be asked again.
      init: () => {
        Object.assign(settled, this.#ports.settled())
      },
      call: (record, context) => this.#call(record, context, settled),
    }
  }

  async #call(record: InputRecord, context: CallContext, settled: SettledCalls): ReturnType<AsyncProcessor['call']> {
    const { id, kind } = record.value as InputValue
    const { guarantee, complain } = this.#ports
    if (guarantee === 'exactly_once' && settled.done.has(id)) complain(`${id} is asked again, and was done for good`)
    if (kind === 'poison') throw new RangeError('nothing can be made of this')
    if (isTooEarly(id, this.#ports)) throw new RangeError('not known yet')
    const answer = await context.once(`a${id}`, () => {
      const isPaid = this.#paid.has(id) || (guarantee === 'exactly_once' && settled.paid.has(id))
      if (isPaid) complain(`${id} is paid for again`)
      return this.#ask(id, context)
    })
    // The second of two questions; what the first gave is not paid for again because of it.
    if (id % 4 === 0) await this.#ports.clock.sleep(this.#ports.random.between(1, 250))
    if (id % 11 === 3 && context.attempt === 1) throw Object.assign(new Error('not now'), { retriable: true })
    return (task) => task.forward({ key: record.key, value: { id: answer.id } })
  }

  /** Whoever no longer listens is not counted: their call is over for us. */
  async #ask(id: number, { signal, attempt }: CallContext): Promise<{ readonly id: number }> {
    const { clock, random, complain } = this.#ports
    this.#running += 1
    if (this.#running > this.#policy.concurrency) complain(`${this.#running} calls at a time`)
    let isOver = false
    const over = (): void => {
      if (!isOver) this.#running -= 1
      isOver = true
    }
    signal.addEventListener('abort', over, { once: true })
    await clock.sleep(attempt <= 2 && random.chance(0.1) ? SLOWEST_MS : random.between(1, 120))
    over()
    this.#paid.add(id)
    return { id }
  }
}
