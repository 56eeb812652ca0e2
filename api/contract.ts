/**
 * What the APIs answer, as it is on the wire: instants are ISO 8601 in UTC, decimals are strings, rates and shares are
 * numbers (a share is 0 to 1). Prefixes where the four APIs are served together: /api, /registry, /risk, /trading.
 */
export type * from './contract/common.ts'
export type * from './contract/decisions.ts'
export type * from './contract/documents.ts'
export type * from './contract/health.ts'
export type * from './contract/lineage.ts'
export type * from './contract/live.ts'
export type * from './contract/registry.ts'
export type * from './contract/risk.ts'
export type * from './contract/shadows.ts'
export type * from './contract/stats.ts'
export type * from './contract/topology.ts'
export type * from './contract/trading.ts'
