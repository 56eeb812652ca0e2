import { problemOf } from './problem.ts'

async function answer<T>(response: Response): Promise<T> {
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  const body: unknown = isJson ? await response.json() : null
  if (!response.ok || !isJson) throw problemOf(response.status, body, response.headers.get('x-request-id'))
  return body as T
}

/** GETs JSON; throws an ApiProblem where the server refuses, a TypeError where it cannot be reached. */
export async function getJson<T>(path: string): Promise<T> {
  // Asked again because something changed: a copy in the browser's cache is used only where the server says it still holds.
  return answer<T>(await fetch(path, { headers: { accept: 'application/json' }, cache: 'no-cache' }))
}

/** POSTs JSON; the same errors as getJson. */
export async function postJson<T>(path: string, body: unknown): Promise<T> {
  return answer<T>(
    await fetch(path, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
}
