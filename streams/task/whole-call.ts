import type { TaskOutput } from './outputs.ts'
import { isPromise } from './queued-record.ts'
import type { TaskContext } from './task-context.ts'

export type Turn = void | Promise<void>

/** One call into a node's code, all or nothing. Synchronous code pays for no promise. */
export class WholeCall {
  readonly #context: TaskContext
  readonly #partition: number
  readonly #forwarded: (output: TaskOutput) => void

  constructor(context: TaskContext, partition: number, forwarded: (output: TaskOutput) => void) {
    this.#context = context
    this.#partition = partition
    this.#forwarded = forwarded
  }

  /** `done` in the same turn as its outputs go out, or `failed` and no trace. */
  run(call: () => Turn, done: () => Turn, failed: (error: unknown, stage?: 'serialize') => Turn): Turn {
    const finish = (): Turn => {
      try {
        this.keep()
      } catch (error) {
        this.#context.drop()
        return failed(error, 'serialize')
      }
      return done()
    }
    const thrown = (error: unknown): Turn => {
      this.#context.drop()
      return failed(error)
    }
    try {
      const running = call()
      if (isPromise(running)) return running.then(finish, thrown)
    } catch (error) {
      return thrown(error)
    }
    return finish()
  }

  /** Stores merge the call and outputs go out. Throws SERIALIZATION or RECORD_TOO_LARGE, having done neither. */
  keep(): void {
    const outputs = this.#context.serialize(this.#partition)
    this.#context.keep()
    for (const output of outputs) this.#forwarded(output)
  }
}
