export interface HealthJson {
  readonly status: 'ready' | 'not_ready'
  readonly dependencies: readonly {
    readonly name: string
    readonly ok: boolean
    readonly latency_ms: number
    readonly error: string | null
  }[]
}
