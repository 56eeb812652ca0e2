import { isReplayable, type Letter } from './letter.ts'

/** Letters of one cause: the same stage and class, and messages that differ in numbers, ids and quoted words only. */
export interface Cause {
  readonly node: string
  readonly stage: string
  readonly errorClass: string
  readonly message: string
  readonly count: number
  readonly first: string
  readonly last: string
  readonly replayable: number
}

/** Messages that have nothing in common could be as many as letters; what is more than these goes under one name. */
const CAUSES_MAX = 1_000
const OTHERS = '(other messages)'

type Counted = { -readonly [K in keyof Cause]: Cause[K] }

/** Counts letters by cause as they are read, and holds none of them. */
export class Causes {
  readonly #maxReplays: number
  readonly #causes = new Map<string, Counted>()

  constructor(maxReplays: number) {
    this.#maxReplays = maxReplays
  }

  add(letter: Letter): void {
    const cause = this.#causeOf(letter)
    const { failedAt } = letter
    cause.count += 1
    if (isReplayable(letter, this.#maxReplays)) cause.replayable += 1
    if (cause.first === '' || failedAt < cause.first) cause.first = failedAt
    if (failedAt > cause.last) cause.last = failedAt
  }

  /** The most frequent first. */
  list(): readonly Cause[] {
    return [...this.#causes.values()].map((cause) => ({ ...cause })).sort((a, b) => b.count - a.count)
  }

  #causeOf({ node, stage, errorClass, message }: Letter): Counted {
    const common = gist(message)
    const found = this.#causes.get([node, stage, errorClass, common].join('\u0000'))
    if (found !== undefined) return found
    const isFull = this.#causes.size >= CAUSES_MAX
    const name = isFull ? OTHERS : common
    const key = [node, stage, errorClass, name].join('\u0000')
    const cause = this.#causes.get(key) ?? {
      node,
      stage,
      errorClass,
      message: name,
      count: 0,
      first: '',
      last: '',
      replayable: 0,
    }
    this.#causes.set(key, cause)
    return cause
  }
}

const GIST_CHARACTERS = 100

/** What a message has in common with others of its cause. */
export const gist = (message: string): string =>
  message
    .split('\n', 1)
    .join('')
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27,}\b/gi, '…')
    .replace(/\b[0-9a-f]{16,}\b/gi, '…')
    .replace(/(["'`])(?:(?!\1).)*\1/g, '$1…$1')
    .replace(/\d+/g, 'N')
    .slice(0, GIST_CHARACTERS)
