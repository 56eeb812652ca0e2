import { StreamsError } from '../errors.ts'

/**
 *   created ──► rebalancing ◄──► running
 *      │             │              │
 *      │             ▼              │
 *      └─────► pending_shutdown ◄───┘      any of them ──► error
 *                    │
 *                    ▼
 *               not_running
 */
const NEXT_APPLICATION = {
  created: ['rebalancing', 'pending_shutdown', 'error'],
  rebalancing: ['running', 'pending_shutdown', 'error'],
  running: ['rebalancing', 'pending_shutdown', 'error'],
  pending_shutdown: ['not_running', 'error'],
  not_running: [],
  error: ['not_running'],
} as const

export type ApplicationState = keyof typeof NEXT_APPLICATION

/** Throws INVALID_STATE where the table does not have it. */
export function nextApplicationState(from: ApplicationState, to: ApplicationState): ApplicationState {
  const allowed: readonly ApplicationState[] = NEXT_APPLICATION[from]
  if (allowed.includes(to)) return to
  throw new StreamsError('INVALID_STATE', `an application that is ${from} cannot become ${to}`, { from, to })
}

export type TaskState = 'created' | 'restoring' | 'running' | 'suspended' | 'closed'
