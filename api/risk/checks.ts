import type { Check } from './check-context.ts'
import { ENTRY_CHECKS } from './entry-checks.ts'
import { EXPOSURE_CHECKS } from './exposure-checks.ts'
import { IDENTITY_CHECKS } from './identity-checks.ts'

/** In the order of their numbers. What each looks at may be missing from a request; missing fails. */
export const CHECKS: readonly Check[] = [...IDENTITY_CHECKS, ...EXPOSURE_CHECKS, ...ENTRY_CHECKS].sort((a, b) =>
  a.id < b.id ? -1 : 1,
)
