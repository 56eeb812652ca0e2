import type { RiskStateJson } from '../contract.ts'
import type { Database } from '../database.ts'

/** All accounts together. */
export const ALL_ACCOUNTS = '*'
const SEVERITY = ['active', 'reducing', 'halted'] as const
export type State = (typeof SEVERITY)[number]
export const strictest = (a: State, b: State): State => (SEVERITY.indexOf(a) >= SEVERITY.indexOf(b) ? a : b)

interface StateRow extends Omit<RiskStateJson, 'changed_at'> {
  readonly changed_at: Date
}

/** In force for an account: the stricter of its own and the global state. What is not there is halted. */
export async function effectiveState(db: Database, accountId: string): Promise<RiskStateJson> {
  const rows = await db.query<StateRow>(
    'select account_id, state, epoch, reason, changed_by, changed_at from risk_state where account_id = any($1)',
    [[accountId, ALL_ACCOUNTS]],
    'effective_state',
  )
  return effectiveOf(accountId, rows)
}

/** Pure part. The epoch is the sum of both: it grows with every change of either. */
export function effectiveOf(accountId: string, rows: readonly StateRow[]): RiskStateJson {
  const global = rows.find((r) => r.account_id === ALL_ACCOUNTS) ?? unknown(ALL_ACCOUNTS)
  const own = accountId === ALL_ACCOUNTS ? global : (rows.find((r) => r.account_id === accountId) ?? unknown(accountId))
  const strict = strictest(global.state, own.state) === own.state ? own : global
  return {
    account_id: accountId,
    state: strict.state,
    epoch: accountId === ALL_ACCOUNTS ? global.epoch : global.epoch + own.epoch,
    reason: strict.reason,
    changed_by: strict.changed_by,
    changed_at: strict.changed_at.toISOString(),
  }
}

const unknown = (accountId: string): StateRow => ({
  account_id: accountId,
  state: 'halted',
  epoch: 0,
  reason: 'not reconciled yet',
  changed_by: 'start',
  changed_at: new Date(0),
})
