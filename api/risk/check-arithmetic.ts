import { addDecimal, compareDecimal, type Decimal, multiplyDecimal, ZERO } from '../../schemas/index.ts'
import type { CheckContext, CheckFailure as Failure } from './check-context.ts'

export const over = (a: Decimal, b: Decimal): boolean => compareDecimal(a, b) > 0
export const sum = (values: readonly Decimal[]): Decimal => values.reduce(addDecimal, ZERO)
export const above = (observed: Decimal, limit: Decimal, message: string): Failure | undefined =>
  over(observed, limit) ? { limit, observed, message } : undefined
export const shareOfEquity = (c: CheckContext, share: Decimal): Decimal =>
  multiplyDecimal(c.request.account.equity, share)
