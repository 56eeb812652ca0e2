import type { CallPolicy, ErrorPolicy, FlowPlace, Guarantee, StoreSpec } from '../streams/index.ts'
import type { Span } from './diagnostic.ts'

export interface CheckedTopic {
  readonly name: string
  readonly topic: string
  readonly schema: string
  readonly partitions: number
  readonly retentionMs: number
  readonly cleanup: 'delete' | 'compact'
}

/** A node with every default filled in and every name known to resolve. */
export interface CheckedNode {
  readonly kind: 'processor' | 'source' | 'sink'
  readonly name: string
  /** Code it runs, a name of the catalog. */
  readonly run: string
  readonly config: Readonly<Record<string, unknown>>
  readonly from: readonly string[]
  readonly feedback: readonly string[]
  readonly broadcast: readonly string[]
  readonly tables: Readonly<Record<string, string>>
  readonly stores: readonly StoreSpec[]
  readonly to: readonly string[]
  readonly window: FlowPlace['window']
  readonly within: FlowPlace['within']
  /** Set where the file says how calls are made. */
  readonly calls?: CallPolicy
  readonly guarantee: Guarantee
  readonly commitIntervalMs: number
  readonly errors: ErrorPolicy
  readonly instances: number
  readonly batchRecordsMax: number
  readonly batchWaitMs: number
  readonly span: Span
}

export interface CheckedBridge {
  readonly name: string
  readonly list: string
  readonly topic: string
  readonly direction: 'in' | 'out' | 'off'
}

declare const stage: unique symbol
/** A topology without mistakes; only `checkTopology` makes one. */
export interface CheckedTopology {
  readonly [stage]: 'checked'
  readonly name: string
  readonly compatibility: string
  /** How long a task holds records back for a silent input; 0 not at all, negative for ever. */
  readonly maxTaskIdleMs: number
  /** Absolute path. */
  readonly schemaDirectory: string
  readonly topics: Readonly<Record<string, CheckedTopic>>
  readonly nodes: Readonly<Record<string, CheckedNode>>
  readonly bridges: readonly CheckedBridge[]
  /** Old names to new ones. */
  readonly moved: {
    readonly processors: Readonly<Record<string, string>>
    readonly stores: Readonly<Record<string, string>>
  }
}

export type Draft = Omit<CheckedTopology, typeof stage>
