import type { Plan } from './change.ts'

const VERSION = 1

/** Why a file is no plan that can be carried out. */
export class PlanFileError extends Error {
  override readonly name = 'PlanFileError'
  readonly problem: 'unreadable' | 'version' | 'edited'

  constructor(problem: PlanFileError['problem'], message: string) {
    super(message)
    this.problem = problem
  }
}

/** A plan as the text of a file, with a hash over all of it. `hash` gives a digest of text. */
export function sealPlan(plan: Plan, made: { readonly at: string; readonly topology: string }, hash: Hash): string {
  const body = { version: VERSION, made_at: made.at, topology: made.topology, plan }
  return `${JSON.stringify({ ...body, hash: hash(JSON.stringify(body)) }, null, 2)}\n`
}

export type Hash = (text: string) => string

interface PlanFile {
  readonly version: number
  readonly hash: string
  readonly plan: Plan
}

/** @throws PlanFileError where it is not one, of another version, or not as it was written */
export function openPlan(text: string, hash: Hash): Plan {
  const file = parse(text)
  if (file.version !== VERSION)
    throw new PlanFileError('version', `it is of version ${String(file.version)}, this one reads version ${VERSION}`)
  const { hash: sealed, ...body } = file
  if (sealed !== hash(JSON.stringify(body))) throw new PlanFileError('edited', 'it was changed after it was made')
  return file.plan
}

function parse(text: string): PlanFile {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'plan' in value && 'version' in value) return value as PlanFile
  } catch {
    // Falls through: what is wrong with it does not matter.
  }
  throw new PlanFileError('unreadable', 'it is no plan')
}
