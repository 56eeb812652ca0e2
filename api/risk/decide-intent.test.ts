import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Decimal } from '../../schemas/index.ts'
import { openTestDatabase } from '../testing/open-database.ts'
import { riskRequest } from '../testing/risk-request.ts'
import { changeState, reconciled } from './change-state.ts'
import { decideIntent } from './decide-intent.ts'
import { effectiveState } from './read-state.ts'

let opened: Awaited<ReturnType<typeof openTestDatabase>>
beforeAll(async () => {
  opened = await openTestDatabase()
})
afterAll(() => opened?.close())

test('an account is halted until it is reconciled, and a halt outlives a reconciliation', async () => {
  const { database } = opened
  const before = await decideIntent(database, riskRequest('early'), 'paper')
  expect(before).toMatchObject({ decision: 'denied', reasons: [{ id: 'R01', observed: 'halted' }] })
  expect((await reconciled(database, 'paper', new Date(0))).state).toBe('active')
  await changeState(database, { accountId: 'paper', state: 'halted', reason: 'drill', by: 'ana', at: new Date(0) })
  expect((await reconciled(database, 'paper', new Date(0))).state).toBe('halted')
  await changeState(database, { accountId: 'paper', state: 'active', reason: 'over', by: 'ana', at: new Date(0) })
  expect((await effectiveState(database, 'paper')).epoch).toBe(4)
})

test('the same intent gets the same verdict, and other terms under its id are a conflict', async () => {
  const { database } = opened
  const first = await decideIntent(database, riskRequest('once'), 'paper')
  expect(first.decision).toBe('approved')
  expect(await decideIntent(database, riskRequest('once'), 'paper')).toEqual(first)
  await expect(
    decideIntent(database, riskRequest('once', { intent: { qty: '11' as Decimal } }), 'paper'),
  ).rejects.toMatchObject({ status: 409 })
})

test('intents decided at once never take more together than the limits allow', async () => {
  const { database } = opened
  await reconciled(database, 'crowd', new Date(0))
  const verdicts = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      decideIntent(
        database,
        riskRequest(`crowd-${n}`, { intent: { account_id: 'crowd', symbol: `S${n}`, qty: '40' as Decimal } }),
        'paper',
      ),
    ),
  )
  const approved = verdicts.filter((v) => v.decision === 'approved')
  // Six of 4,000 each fit under a quarter of 100,000 in one sector.
  expect(approved).toHaveLength(6)
  const [held] = await database.query<{ total: string }>(
    `select sum(notional)::text as total from risk_reservations where account_id = 'crowd'`,
  )
  expect(held?.total).toBe('24000')
})
