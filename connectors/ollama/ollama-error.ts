/** What went wrong with the model; the code alone decides whether trying again can help. */
const RETRIABLE = {
  unavailable: true,
  busy: true,
  timeout: true,
  model_missing: false,
  context_exceeded: false,
  refused: false,
  canary_failed: false,
} as const
export type OllamaErrorCode = keyof typeof RETRIABLE

export class OllamaError extends Error {
  override readonly name = 'OllamaError'
  readonly code: OllamaErrorCode
  readonly retriable: boolean

  constructor(code: OllamaErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retriable = RETRIABLE[code]
  }
}

/** The typed form of whatever the client threw. `where` names server and model. */
export function toOllamaError(error: unknown, where: string): OllamaError {
  if (error instanceof OllamaError) return error
  const { message, name } = error as Error
  const status = (error as { status_code?: number }).status_code
  const cause = (error as Error).cause instanceof Error ? `: ${((error as Error).cause as Error).message}` : ''
  if (name === 'TimeoutError' || name === 'AbortError')
    return new OllamaError('timeout', `${where}: no answer in time`, error)
  if (status === undefined) return new OllamaError('unavailable', `${where}: ${message}${cause}`, error)
  if (status === 404) return new OllamaError('model_missing', `${where}: ${message}. Fetch it with: ollama pull`, error)
  if (status === 503 || status === 429) return new OllamaError('busy', `${where}: ${message}`, error)
  if (status === 400 && /context|num_ctx|too long|exceed/i.test(message)) {
    return new OllamaError('context_exceeded', `${where}: ${message}`, error)
  }
  return new OllamaError(status >= 500 ? 'unavailable' : 'refused', `${where}: ${message}`, error)
}
