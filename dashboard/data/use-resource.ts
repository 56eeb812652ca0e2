import { useCallback, useEffect, useRef, useState } from 'react'
import { getJson } from './client.ts'
import { type ApiProblem, asProblem } from './problem.ts'

/** What came of a request. Old data stays while newer is fetched and when that fails. */
export interface Resource<T> {
  readonly data: T | null
  readonly problem: ApiProblem | null
  readonly retry: () => void
}

interface Answer<T> {
  readonly path: string
  readonly data: T | null
  readonly problem: ApiProblem | null
}

const REFRESH_EVERY_MS = 2_000

/** GETs `path`, and again when `revision` changes, at most every two seconds. A slow answer is waited for, not asked for twice. */
export function useResource<T>(path: string, revision = ''): Resource<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ path, data: null, problem: null })
  const [round, setRound] = useState(0)
  const asked = useRef({ path: '', atMs: 0 })

  // biome-ignore lint/correctness/useExhaustiveDependencies: round and revision only ask for another try
  useEffect(() => {
    const fetchNow = async (): Promise<void> => {
      asked.current = { path, atMs: Date.now() }
      const next = await getJson<T>(path).then(
        (data): Answer<T> => ({ path, data, problem: null }),
        (caught): Answer<T> => ({ path, data: null, problem: asProblem(caught) }),
      )
      // Another address was opened meanwhile: this answer is nobody's.
      if (asked.current.path !== path) return
      setAnswer((old) => (next.data === null && old.path === path ? { ...next, data: old.data } : next))
    }
    const waitMs = asked.current.path === path ? asked.current.atMs + REFRESH_EVERY_MS - Date.now() : 0
    const timer = setTimeout(() => void fetchNow(), Math.max(0, waitMs))
    return () => clearTimeout(timer)
  }, [path, revision, round])

  const retry = useCallback(() => {
    asked.current = { path: '', atMs: 0 }
    setRound((n) => n + 1)
  }, [])
  return answer.path === path
    ? { data: answer.data, problem: answer.problem, retry }
    : { data: null, problem: null, retry }
}
