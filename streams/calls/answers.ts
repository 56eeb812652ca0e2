import type { Clock } from '../clock.ts'
import type { BufferedStore } from '../state/buffered-store.ts'

/** Answers of this process that are not known to be committed; more than this many are forgotten, the oldest first. */
const RECENT_MAX = 1_000

interface Recent {
  readonly answer: unknown
  readonly paidAtMs: number
}

/**
 * What was paid for in this process of late, by any task of a node: a session that fails takes its memo's last entries with it.
 * An answer that is older than the memo keeps any is none.
 */
export class RecentAnswers {
  readonly #clock: Clock
  readonly #ttlMs: number
  readonly #answers = new Map<string, Recent>()

  constructor(clock: Clock, ttlMs = Number.POSITIVE_INFINITY) {
    this.#clock = clock
    this.#ttlMs = ttlMs
  }

  get(key: string): Recent | undefined {
    const recent = this.#answers.get(key)
    if (recent === undefined || this.#clock.now() - recent.paidAtMs <= this.#ttlMs) return recent
    this.#answers.delete(key)
    return undefined
  }

  add(key: string, answer: unknown): void {
    // As the youngest, also where an older one is replaced.
    this.#answers.delete(key)
    this.#answers.set(key, { answer, paidAtMs: this.#clock.now() })
    if (this.#answers.size <= RECENT_MAX) return
    for (const oldest of this.#answers.keys()) {
      this.#answers.delete(oldest)
      break
    }
  }
}

/**
 * Pays for an answer once. What was paid for is written to the node's memo, and committed with the next commit; an answer
 * that comes after its record was given up is kept all the same.
 */
export class Answers {
  readonly #memo: BufferedStore<unknown> | undefined
  readonly #recent: RecentAnswers
  readonly #kept: () => void
  #isOver = false

  constructor(memo: BufferedStore<unknown> | undefined, recent: RecentAnswers, kept: () => void) {
    this.#memo = memo
    this.#recent = recent
    this.#kept = kept
  }

  async once<T>(key: string, pay: () => Promise<T>): Promise<T> {
    if (this.#memo === undefined) return await pay()
    const known = this.#memo.get(key) as T | undefined
    if (known !== undefined) return known
    const recent = this.#recent.get(key)
    const answer = recent === undefined ? await pay() : (recent.answer as T)
    if (recent === undefined) this.#recent.add(key, answer)
    this.#keep(this.#memo, key, answer)
    return answer
  }

  /** The task is gone, and its memo somebody else's. */
  end(): void {
    this.#isOver = true
  }

  /** A call of its own, begun and kept in one turn: whatever else runs, it is neither kept nor dropped with that. */
  #keep(memo: BufferedStore<unknown>, key: string, answer: unknown): void {
    if (this.#isOver || answer === undefined) return
    memo.put(key, answer)
    memo.keepCall()
    this.#kept()
  }
}
