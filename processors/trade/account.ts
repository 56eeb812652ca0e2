import type { Account } from '../../schemas/index.ts'
import { type Books, equityOf, unrealizedOf } from './books.ts'

/** The books at a moment as a record: a point of the equity curve. */
export const accountOf = (b: Books, accountId: string, atMs: number, simulated: boolean): Account => ({
  account_id: accountId,
  as_of: atMs,
  cash: b.cash,
  equity: equityOf(b),
  realized_pl: b.realized_pl,
  unrealized_pl: unrealizedOf(b),
  fees: b.fees,
  open_positions: Object.keys(b.holdings).length,
  mode: 'paper',
  simulated,
})
