import { sha256Hex } from './raw-document.ts'
import type { OrderIntent } from './risk-check.ts'

/** JSON with the keys of every object in order, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : v,
  )
}

/** Hex SHA-256 of the order terms. Who asks and who decides both call this: the verdict is bound to exactly these. */
export const intentHashOf = (intent: OrderIntent): string => sha256Hex(canonicalJson(intent))
