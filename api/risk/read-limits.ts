import type { Database } from '../database.ts'
import { Problem } from '../http/problem.ts'
import { parseLimits, type VersionedLimits } from './limits.ts'

/** The limits in force. Throws 503 where none are set: without limits nothing may trade. */
export async function readLimits(db: Database): Promise<VersionedLimits> {
  const [row] = await db.query<{ limits_version: string; limits: Record<string, string> }>(
    'select limits_version, limits from risk_limits order by seq desc limit 1',
    [],
    'limits_in_force',
  )
  if (!row) throw new Problem('not-ready', 'no risk limits are set: run the seed')
  return parseLimits(row.limits_version, row.limits)
}
