import { createHash } from 'node:crypto'
import type { OrderIntent } from '../../schemas/index.ts'

/** JSON with the keys of every object in order, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : v,
  )
}

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Hex SHA-256 of the order terms; the verdict is bound to exactly these. */
export const intentHashOf = (intent: OrderIntent): string => sha256Hex(canonicalJson(intent))
