/** The outside is gone for now: the same work may succeed later, and the engine tries it again (`retriable`). */
export class OutageError extends Error {
  override readonly name = 'OutageError'
  readonly retriable = true

  constructor(part: string, cause: unknown) {
    super(`${part} cannot be reached: ${(cause as Error).message || (cause as Error).name}`, { cause })
  }
}
