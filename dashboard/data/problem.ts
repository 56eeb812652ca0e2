/** Why the API did not answer: its own code and request id where it gave them. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string | null

  constructor(status: number, code: string, message: string, requestId: string | null) {
    super(message)
    this.name = 'ApiProblem'
    this.status = status
    this.code = code
    this.requestId = requestId
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** Reads an RFC 9457 problem; whatever else was answered becomes a problem with the status as its code. */
export function problemOf(status: number, body: unknown, requestIdHeader: string | null): ApiProblem {
  const fields: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {}
  const code = textOf(fields['code']) ?? `HTTP_${status}`
  const message = textOf(fields['detail']) ?? textOf(fields['title']) ?? `The server answered with status ${status}.`
  return new ApiProblem(status, code, message, textOf(fields['request_id']) ?? requestIdHeader)
}

/** What a caught value says, as a problem; a failed connection has the code UNREACHABLE. */
export function asProblem(caught: unknown): ApiProblem {
  if (caught instanceof ApiProblem) return caught
  return new ApiProblem(0, 'UNREACHABLE', 'The server could not be reached from this browser.', null)
}
