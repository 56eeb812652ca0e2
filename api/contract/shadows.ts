/** GET /api/v1/shadows: processors of which a candidate runs, or has run, beside them. */
export interface ShadowList {
  readonly items: readonly {
    readonly processor: string
    readonly topics: readonly { readonly topic: string; readonly shadow_topic: string }[]
  }[]
}

export interface ShadowDifference {
  /** `missing`: the original has it and the shadow has not; `extra` the other way round. */
  readonly kind: 'changed' | 'missing' | 'extra'
  /** Key and id of the record. */
  readonly identity: string
  /** Of `changed`. */
  readonly changes?: readonly { readonly path: string; readonly original?: unknown; readonly shadow?: unknown }[]
}

/** GET /api/v1/shadows/{processor}/diff: what it gave against what the processor gave. */
export interface ShadowDiff {
  readonly processor: string
  readonly from: string
  readonly to: string
  readonly topics: readonly {
    readonly topic: string
    readonly shadow_topic: string
    /** What tells records apart. */
    readonly by: readonly string[]
    readonly same: number
    readonly changed: number
    readonly missing: number
    readonly extra: number
    /** How often each field changed, the most often first. */
    readonly fields: readonly { readonly field: string; readonly count: number }[]
    /** The first of them. */
    readonly differences: readonly ShadowDifference[]
  }[]
}
