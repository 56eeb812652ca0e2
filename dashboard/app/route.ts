/** An address of the dashboard, taken apart. */
export type Route =
  | { readonly page: 'topology' }
  | { readonly page: 'recommendations' }
  | { readonly page: 'recommendation'; readonly id: string }
  | { readonly page: 'trading' }
  | { readonly page: 'document'; readonly id: string }
  | { readonly page: 'unknown'; readonly path: string }

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The page a path names. Every path has one; a path nobody knows is a page that says so. */
export function routeOf(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '')
  const [first, second] = parts
  if (first === undefined) return { page: 'topology' }
  if (parts.length === 1 && first === 'recommendations') return { page: 'recommendations' }
  if (parts.length === 1 && first === 'trading') return { page: 'trading' }
  if (parts.length === 2 && second !== undefined) {
    if (first === 'recommendations') return { page: 'recommendation', id: decoded(second) }
    if (first === 'documents') return { page: 'document', id: decoded(second) }
  }
  return { page: 'unknown', path }
}

export const recommendationPath = (id: string): string => `/recommendations/${encodeURIComponent(id)}`

/** `quoteStart` names the sentence by its first offset in the text, which stays valid however the evidence is numbered. */
export function documentPath(id: string, quoteStart?: number): string {
  return `/documents/${encodeURIComponent(id)}${quoteStart === undefined ? '' : `?at=${quoteStart}`}`
}
