import type { z } from 'zod'
import type { ProblemCode } from './problem.ts'

/** A JSON Schema, as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>
type Shape = z.ZodObject
type Parsed<T> = T extends z.ZodType ? z.infer<T> : Record<string, never>

/** The parts of a request that a route has declared, parsed. */
export interface RouteRequest<P, Q, B> {
  readonly params: Parsed<P>
  readonly query: Parsed<Q>
  readonly body: Parsed<B>
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly requestId: string
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of `body`: server-sent events, written until the client goes or the server closes. */
  readonly stream?: (write: (text: string) => boolean, signal: AbortSignal) => void
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** An address: what it takes, what it answers, and the code behind it. The document and the router are made from these. */
export interface Route {
  readonly method: Method
  /** `/v1/documents/{document_id}` */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly params?: Shape
  readonly query?: Shape
  readonly body?: z.ZodType
  /** Media type of the body; `application/json` unless given. */
  readonly bodyType?: string
  readonly status: number
  readonly answer: JsonSchema | undefined
  readonly answerType?: string
  readonly problems: readonly ProblemCode[]
  /** Never changes once it is there: answered with an ETag and a long life. */
  readonly immutable?: boolean
  handle(request: RouteRequest<never, never, never>): Promise<Answer>
}

interface Typed<P, Q, B> extends Omit<Route, 'handle' | 'params' | 'query' | 'body' | 'status' | 'problems'> {
  readonly status?: number
  readonly problems?: readonly ProblemCode[]
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  handle(request: RouteRequest<P, Q, B>): Promise<Answer>
}

/** Types a route's handler by what the route takes; adds the problems every route of its kind has. */
export function route<P extends Shape | undefined, Q extends Shape | undefined, B extends z.ZodType | undefined>(
  typed: Typed<P, Q, B>,
): Route {
  const problems: ProblemCode[] = ['internal', 'not-ready', ...(typed.problems ?? [])]
  if (typed.params || typed.query || typed.body) problems.push('bad-request')
  if (typed.params) problems.push('not-found')
  if (typed.body) problems.push('too-large', 'unsupported-media-type')
  return { ...typed, status: typed.status ?? 200, problems: [...new Set(problems)] } as unknown as Route
}
