/** GET /api/v1/stats: rows per kind, and when the newest of each was known. */
export interface Stats {
  readonly as_of: string
  readonly simulated: boolean
  readonly mode: 'paper' | 'live'
  readonly kinds: readonly { readonly kind: string; readonly count: number; readonly latest_at: string | null }[]
}
