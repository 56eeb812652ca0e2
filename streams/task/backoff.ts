import type { ErrorPolicy } from '../graph.ts'

/** Whether trying again may help: the error says so itself by `retriable: true`. */
export const isRetriable = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'retriable' in error && error.retriable === true

/** Wait before retry `attempt` (1 is the first): doubles from the least to the most, then half of it is left to chance. */
export function backoffMs(
  policy: Pick<ErrorPolicy, 'backoffMinMs' | 'backoffMaxMs'>,
  attempt: number,
  random: () => number,
): number {
  const full = Math.min(policy.backoffMaxMs, policy.backoffMinMs * 2 ** Math.min(attempt - 1, 30))
  return Math.round(full / 2 + (full / 2) * random())
}
