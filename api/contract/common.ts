/** RFC 9457, `application/problem+json`; the shape of every error. */
export interface ProblemJson {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly code: string
  readonly request_id: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

/** One page of a list, newest first. `next` goes back as `?cursor=`; null at the end. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}
