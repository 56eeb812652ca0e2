import type { RiskStateJson } from '../contract.ts'
import type { Database } from '../database.ts'
import { effectiveState, type State } from './read-state.ts'

export interface StateChangeOf {
  readonly accountId: string
  readonly state: State
  readonly reason: string
  readonly by: string
  readonly at: Date
}

/** Sets the state of an account (`*`: all), with a new epoch and a line of history. Resolves to what is in force then. */
export async function changeState(db: Database, change: StateChangeOf): Promise<RiskStateJson> {
  await db.query(
    `with now_set as (
       insert into risk_state as s (account_id, state, epoch, reason, changed_by, changed_at) values ($1, $2, 1, $3, $4, $5)
       on conflict (account_id) do update set state = excluded.state, epoch = s.epoch + 1, reason = excluded.reason,
         changed_by = excluded.changed_by, changed_at = excluded.changed_at
       returning *)
     insert into risk_state_history (account_id, epoch, state, reason, changed_by, changed_at)
     select account_id, epoch, state, reason, changed_by, changed_at from now_set on conflict do nothing`,
    [change.accountId, change.state, change.reason, change.by, change.at],
  )
  return effectiveState(db, change.accountId)
}

/**
 * The books of an account agree with the venue's: from "halted until reconciled" it becomes active. An account that was
 * halted or reduced by a person or a breaker stays so.
 */
export async function reconciled(db: Database, accountId: string, at: Date): Promise<RiskStateJson> {
  await db.query(
    `insert into risk_state (account_id, state, epoch, reason, changed_by, changed_at)
     values ($1, 'active', 1, 'reconciled', 'start', $2) on conflict do nothing`,
    [accountId, at],
  )
  return effectiveState(db, accountId)
}
