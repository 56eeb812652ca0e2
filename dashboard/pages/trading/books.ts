import type { AccountJson, OrderJson, PositionJson, RiskStateJson } from '../../data/wire.ts'
import { formatDecimal, plural } from '../../ui/format.ts'

const CLOSED = new Set(['filled', 'canceled', 'cancelled', 'expired', 'rejected', 'replaced', 'done_for_day'])

/** True while the venue may still fill it; an unknown word of the venue counts as open. */
export const isOpen = (order: OrderJson): boolean => !CLOSED.has(order.status)

/** A share of two decimals, for percentages only: sums stay with the API. */
export function ratio(part: string, whole: string): number | null {
  const divisor = Number(whole)
  return divisor === 0 ? null : Number(part) / divisor
}

/** Largest fall from a peak so far, as a share; 0 where there was none. */
export function drawdownOf(points: readonly Pick<AccountJson, 'equity'>[]): number {
  let peak = 0
  let worst = 0
  for (const { equity } of points) {
    const value = Number(equity)
    peak = Math.max(peak, value)
    if (peak > 0) worst = Math.max(worst, (peak - value) / peak)
  }
  return worst
}

/** "Equity 101,204.10 USD, 3 positions, 2 orders open." */
export function booksSentence(
  latest: AccountJson | undefined,
  positions: readonly PositionJson[],
  orders: readonly OrderJson[],
  risk: RiskStateJson | null,
): string {
  const open = orders.filter(isOpen).length
  const halted = risk !== null && risk.state === 'halted' ? ' New orders are halted.' : ''
  const equity = latest === undefined ? 'No books yet' : `Equity ${formatDecimal(latest.equity, 2)} USD`
  return `${equity}, ${plural(positions.length, 'position')}, ${plural(open, 'order')} open.${halted}`
}
