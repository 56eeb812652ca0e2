import type { ParameterizedContext } from 'koa'

/** Title of each code; the code is stable, and what a client should branch on. */
export const PROBLEM_TITLES = {
  'bad-request': 'The request does not fit',
  'not-found': 'There is nothing here',
  'method-not-allowed': 'This address does not take that method',
  conflict: 'The request contradicts what is stored',
  'precondition-failed': 'It was changed in the meantime',
  'too-large': 'The body is too large',
  'unsupported-media-type': 'The body is not of a type this address takes',
  'precondition-required': 'This change needs If-Match',
  'too-many-streams': 'There are enough live connections',
  'not-ready': 'Something this needs cannot be reached',
  internal: 'Something went wrong on our side',
} as const
export type ProblemCode = keyof typeof PROBLEM_TITLES

const STATUS: Readonly<Record<ProblemCode, number>> = {
  'bad-request': 400,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  'precondition-required': 428,
  'too-many-streams': 429,
  'not-ready': 503,
  internal: 500,
}

export interface FieldError {
  readonly pointer: string
  readonly detail: string
}

/** An answer that is an error on purpose: `detail` is safe to show anyone, `cause` stays inside. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly errors: readonly FieldError[]

  constructor(code: ProblemCode, detail: string, options: { errors?: readonly FieldError[]; cause?: unknown } = {}) {
    super(detail, { cause: options.cause })
    this.code = code
    this.status = STATUS[code]
    this.errors = options.errors ?? []
  }
}

/** Connection lost or refused, or the server is going down: by its code, since the driver is not ours to know. */
const OUTAGE = /^(08|57P|53)|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { code, message } = error as { code?: unknown; message?: unknown }
  const isOutage =
    OUTAGE.test(String(code ?? '')) || /connection terminated|timeout exceeded when trying/i.test(String(message ?? ''))
  if (isOutage) return new Problem('not-ready', 'the database cannot be reached; try again', { cause: error })
  return new Problem('internal', 'something went wrong on our side; the request id finds it in our log', {
    cause: error,
  })
}

/** Outermost. Whatever goes wrong further in leaves as one shape (RFC 9457), and only what we meant to say leaves. */
export async function errorBoundary(ctx: ParameterizedContext, next: () => Promise<unknown>): Promise<void> {
  try {
    await next()
    if (ctx.status === 404 && ctx.body == null) throw new Problem('not-found', `no resource at ${ctx.path}`)
  } catch (error) {
    const problem = toProblem(error)
    ctx.status = problem.status
    ctx.type = 'application/problem+json'
    ctx.body = JSON.stringify({
      type: `urn:stonks:problem:${problem.code}`,
      title: PROBLEM_TITLES[problem.code],
      status: problem.status,
      detail: problem.message,
      instance: ctx.path,
      code: problem.code,
      request_id: ctx.state['requestId'],
      ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
    })
    if (problem.status === 503) ctx.set('Retry-After', '2')
    if (problem.status >= 500) ctx.app.emit('error', problem.cause ?? problem, ctx)
  }
}
