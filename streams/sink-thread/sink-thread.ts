import type { Worker } from 'node:worker_threads'
import { StreamsError } from '../errors.ts'
import type { ByteSink } from '../processor.ts'
import { packRecords, receiveError, type SinkAnswer, type SinkCall } from './messages.ts'

type Answered = (answer: SinkAnswer | { readonly lost: unknown }) => void

/**
 * The engine's end of a thread that runs sinks, which `serveSinks` is the other end of. The thread starts with the first
 * call, or ahead of it by `start`. Should it die, every call under way fails with SINK_THREAD_LOST, which may be tried again, and the next call
 * starts another: a sink continues from what it had made durable, as after a crash of the process. One that dies before
 * it answered anything could not start, and its calls fail with what it died of.
 */
export class SinkThread {
  readonly #spawn: () => Worker
  readonly #waiting = new Map<number, Answered>()
  #worker: Worker | undefined
  #hasAnswered = false
  #lastId = 0

  constructor(spawn: () => Worker) {
    this.#spawn = spawn
  }

  /** Starts the thread ahead of its first call, so that it is loaded while other things open. */
  start(): void {
    this.#worker ??= this.#spawned()
  }

  /** The sink that the thread knows by this name. */
  sink(name: string): ByteSink {
    return {
      takes: 'bytes',
      init: async () => void (await this.#ask({ call: 'init', sink: name })),
      write: (records) => this.#ask({ call: 'write', sink: name, runs: packRecords(records) }),
      flush: async () => void (await this.#ask({ call: 'flush', sink: name })),
      close: async () => void (await this.#ask({ call: 'close', sink: name })),
    }
  }

  /** Resolves once the thread has closed what it had open, and ended. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    await this.#ask({ call: 'end' })
    await ended
  }

  #ask(asked: SinkCall): ReturnType<ByteSink['write']> {
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#spawned()
      this.#lastId += 1
      this.#waiting.set(this.#lastId, (answer) => {
        if ('lost' in answer) reject(answer.lost)
        else if ('error' in answer) reject(receiveError(answer.error))
        else resolve(answer.unread.map(({ index, error }) => ({ index, error: receiveError(error) })))
      })
      this.#worker.postMessage({ id: this.#lastId, asked })
    })
  }

  #spawned(): Worker {
    const worker = this.#spawn()
    this.#hasAnswered = false
    worker.on('message', (answer: SinkAnswer) => {
      this.#hasAnswered = true
      const answered = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      answered?.(answer)
    })
    worker.on('error', (error) => this.#lose(worker, error))
    worker.on('exit', (code) => this.#lose(worker, new Error(`it ended with code ${code}`)))
    return worker
  }

  #lose(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const lost = this.#hasAnswered ? lostBy(error) : error
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const answered of waiting) answered({ lost })
  }
}

function lostBy(error: unknown): StreamsError {
  const reason = error instanceof Error ? error.message : String(error)
  return new StreamsError('SINK_THREAD_LOST', `the thread that runs sinks is gone: ${reason}`, {}, error)
}
