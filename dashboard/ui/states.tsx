import { type ReactNode, useEffect, useState } from 'react'
import type { ApiProblem } from '../data/problem.ts'
import type { Resource } from '../data/use-resource.ts'

const SHOW_SKELETON_AFTER_MS = 300

/** Nothing for 300 ms, then the outline of what will come. */
export function Loading({ rows = 6 }: { readonly rows?: number }): ReactNode {
  const [visible, setVisible] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setVisible(true), SHOW_SKELETON_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={visible ? 'skeleton' : 'skeleton skeleton-hidden'} aria-busy="true">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton have no other name
        <div key={row} className="skeleton-row" />
      ))}
    </div>
  )
}

/** Why there is nothing, and what to do next. */
export function Empty({ why, children }: { readonly why: string; readonly children?: ReactNode }): ReactNode {
  return (
    <div className="state state-empty">
      <p className="state-title">{why}</p>
      {children === undefined ? null : <div className="state-next">{children}</div>}
    </div>
  )
}

interface FailedProps {
  /** True where nothing else is on the page: the sentence is then its heading. */
  readonly isPage?: boolean
  readonly what: string
  readonly problem: ApiProblem
  readonly retry: () => void
}

/** What failed, by its code and request id, and a way to try again. */
export function Failed({ what, problem, retry, isPage }: FailedProps): ReactNode {
  const id = problem.requestId === null ? '' : ` · request ${problem.requestId}`
  const copy = (): void => void navigator.clipboard?.writeText(`${what}: ${problem.message} (${problem.code}${id})`)
  return (
    <div className="state state-error" role="alert">
      {isPage === true ? <h1>{what}</h1> : <p className="state-title">{what}</p>}
      <p>{problem.message}</p>
      <p className="mono faint">
        {problem.code}
        {id}
      </p>
      <p className="buttons">
        <button type="button" onClick={retry}>
          Try again
        </button>
        <button type="button" onClick={copy}>
          Copy details
        </button>
      </p>
    </div>
  )
}

interface LoadedProps<T> {
  readonly resource: Resource<T>
  /** Named in the error: "The orders could not be read". */
  readonly what: string
  readonly rows?: number
  readonly isPage?: boolean
  readonly children: (data: T) => ReactNode
}

/** Loading, error or the data; data that could not be renewed is shown and marked. */
export function Loaded<T>({ resource, what, rows, isPage, children }: LoadedProps<T>): ReactNode {
  const { data, problem, retry } = resource
  if (data === null && problem !== null)
    return <Failed what={what} problem={problem} retry={retry} isPage={isPage === true} />
  if (data === null) return <Loading {...(rows === undefined ? {} : { rows })} />
  return (
    <>
      {problem === null ? null : (
        <p className="state-stale" role="status">
          ▲ Not renewed: {problem.message} <span className="mono">{problem.code}</span>{' '}
          <button type="button" className="link" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      {children(data)}
    </>
  )
}
