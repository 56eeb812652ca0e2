import { canonicalJson, intentHashOf, type RiskCheckRequest, sha256Hex } from '../../schemas/index.ts'
import type { RiskVerdictJson } from '../contract.ts'
import type { Database } from '../database.ts'
import { Problem } from '../http/problem.ts'
import { changeState } from './change-state.ts'
import type { RecentIntent, Reservation, RiskOutcome } from './check-context.ts'
import { checkRisk } from './check-risk.ts'
import type { VersionedLimits } from './limits.ts'
import { readLimits } from './read-limits.ts'
import { ALL_ACCOUNTS, effectiveOf } from './read-state.ts'

interface Stored {
  readonly intent_hash: string
  readonly verdict: RiskVerdictJson
}

/** Longest look back of a check: entries of a symbol per hour. */
const RECENT_MS = 3_600_000

/**
 * Decides an intent once. Decisions of an account follow one another: its row is locked, and an approval's reservation is
 * written before the lock is let go, so no two approvals can use the same room. The same intent again gets the same
 * verdict; throws 409 where its terms are others.
 */
export async function decideIntent(
  database: Database,
  request: RiskCheckRequest,
  mode: 'paper' | 'live',
): Promise<RiskVerdictJson> {
  const intentHash = intentHashOf(request.intent)
  const limits = await readLimits(database)
  return database.transaction(async (tx) => {
    const { account_id, intent_id } = request.intent
    await lockAccount(tx, account_id)
    const facts = await readFacts(tx, request)
    if (facts.stored) return repeated(facts.stored, intentHash, intent_id)
    const state = effectiveOf(
      account_id,
      facts.states.map((s) => ({ ...s, changed_at: new Date(s.changed_at) })),
    )
    const input = { request, intentHash, limits: limits.limits, state: state.state, mode, ...facts }
    const outcome = checkRisk(input)
    const { limits: _, stored: __, ...hashed } = { ...input, limits_version: limits.limits_version }
    const verdict = verdictOf(request, outcome, {
      intentHash,
      limits,
      epoch: state.epoch,
      inputHash: sha256Hex(canonicalJson(hashed)),
    })
    await store(tx, request, verdict)
    if (outcome.tripped)
      await changeState(tx, { accountId: account_id, by: 'breaker', at: new Date(request.as_of), ...outcome.tripped })
    return verdict
  })
}

async function lockAccount(tx: Database, accountId: string): Promise<void> {
  const lock = (): Promise<unknown[]> =>
    tx.query('select 1 from risk_accounts where account_id = $1 for update', [accountId], 'lock_account')
  if ((await lock()).length > 0) return
  await tx.query('insert into risk_accounts (account_id) values ($1) on conflict do nothing', [accountId])
  await lock()
}

function repeated(stored: Stored, intentHash: string, intentId: string): RiskVerdictJson {
  if (stored.intent_hash === intentHash) return stored.verdict
  throw new Problem(
    'conflict',
    `intent ${intentId} was decided with other terms: give changed terms an id of their own`,
  )
}

interface Facts {
  readonly stored: Stored | null
  readonly states: readonly Parameters<typeof effectiveOf>[1][number][]
  readonly reservations: readonly Reservation[]
  readonly recent: readonly RecentIntent[]
}

/** Everything the decision needs of the database, in one round trip. */
async function readFacts(tx: Database, { intent, as_of }: RiskCheckRequest): Promise<Facts> {
  const [row] = await tx.query<Facts>(
    FACTS_SQL,
    [intent.intent_id, intent.account_id, as_of, ALL_ACCOUNTS, RECENT_MS],
    'risk_facts',
  )
  if (!row) throw new Error('the query of risk facts answered without a row')
  return row
}

const FACTS_SQL = `select
  (select json_build_object('intent_hash', intent_hash, 'verdict', verdict) from risk_checks where intent_id = $1) as stored,
  (select coalesce(json_agg(json_build_object('account_id', account_id, 'state', state, 'epoch', epoch, 'reason', reason,
     'changed_by', changed_by, 'changed_at', changed_at) order by account_id), '[]')
     from risk_state where account_id in ($2, $4)) as states,
  (select coalesce(json_agg(json_build_object('intent_id', intent_id, 'symbol', symbol, 'side', side, 'qty', qty::text,
     'notional', notional::text, 'sector', sector) order by intent_id), '[]') from risk_reservations
     where account_id = $2 and released_at is null and expires_at > $3::timestamptz) as reservations,
  (select coalesce(json_agg(json_build_object('intent_id', intent_id, 'intent_hash', intent_hash, 'symbol', symbol, 'side', side,
     'purpose', purpose, 'age_ms', round(extract(epoch from $3::timestamptz - decided_at) * 1000)::bigint) order by intent_id), '[]')
     from risk_checks where account_id = $2 and decision = 'approved'
     and decided_at between $3::timestamptz - $5 * interval '1 millisecond' and $3::timestamptz) as recent`

interface Basis {
  readonly intentHash: string
  readonly limits: VersionedLimits
  readonly epoch: number
  readonly inputHash: string
}

/** Times are the request's own, so a replay makes the same verdict. */
function verdictOf(request: RiskCheckRequest, outcome: RiskOutcome, basis: Basis): RiskVerdictJson {
  const { intent } = request
  const decidedMs = Date.parse(request.as_of)
  return {
    verdict_id: `v-${sha256Hex(`${intent.intent_id}\n${basis.intentHash}`).slice(0, 32)}`,
    intent_id: intent.intent_id,
    intent_hash: basis.intentHash,
    account_id: intent.account_id,
    recommendation_id: intent.recommendation_id,
    symbol: intent.symbol,
    side: intent.side,
    qty: intent.qty,
    notional: outcome.notional,
    decision: outcome.decision,
    reasons: outcome.reasons,
    checks_run: outcome.checksRun,
    limits_version: basis.limits.limits_version,
    epoch: basis.epoch,
    input_hash: basis.inputHash,
    decided_at: new Date(decidedMs).toISOString(),
    expires_at: new Date(decidedMs + Number(basis.limits.limits.verdict_seconds) * 1_000).toISOString(),
    simulated: request.simulated,
  }
}

async function store(tx: Database, request: RiskCheckRequest, v: RiskVerdictJson): Promise<void> {
  await tx.query(
    `with decided as (
       insert into risk_checks (intent_id, intent_hash, account_id, symbol, side, purpose, decision, decided_at, verdict)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning 1)
     insert into risk_reservations (intent_id, account_id, symbol, side, qty, notional, sector, reserved_at, expires_at)
     select $1, $3, $4, $5, $10::numeric, $11::numeric, $12, $8, $13::timestamptz from decided where $7 = 'approved'`,
    [
      v.intent_id,
      v.intent_hash,
      v.account_id,
      v.symbol,
      v.side,
      request.intent.purpose,
      v.decision,
      v.decided_at,
      JSON.stringify(v),
      v.qty,
      v.notional,
      request.symbol.sector,
      v.expires_at,
    ],
    'store_verdict',
  )
}
