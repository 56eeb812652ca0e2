import { type Change, isAt, type Plan } from './change.ts'

/** A facet that is neither as the plan found it nor as it leaves it. */
export interface Moved {
  readonly facet: string
  readonly planned: string
  readonly found: string
}

export interface Steps {
  /** What is still to be done, in order. */
  readonly pending: readonly Change[]
  readonly done: readonly Change[]
  /** Not empty: the world is another one than the plan was made for. */
  readonly moved: readonly Moved[]
}

/**
 * What of a plan is left to do in the world as it is now. Each change knows both its ends, so a plan that was stopped in the
 * middle goes on where it stopped, without a journal: what is at its end is done, what is at its beginning is not.
 */
export function stepsOf(plan: Plan, facets: Readonly<Record<string, string>>): Steps {
  const turns = new Map(plan.changes.flatMap((change) => Object.entries(change.turns)))
  const moved = Object.entries(plan.world).flatMap(([facet, planned]): Moved[] => {
    const found = facets[facet] ?? 'unknown'
    const after = turns.get(facet)?.after
    return found === planned || (after !== undefined && isAt(found, after)) ? [] : [{ facet, planned, found }]
  })
  const isDone = (change: Change): boolean =>
    Object.entries(change.turns).every(([facet, turn]) => isAt(facets[facet] ?? 'unknown', turn.after))
  return {
    moved,
    done: plan.changes.filter(isDone),
    pending: plan.changes.filter((change) => !isDone(change)),
  }
}

/** Names of destructive changes that were not typed. */
export const unconfirmed = (changes: readonly Change[], typed: readonly string[]): readonly string[] => [
  ...new Set(changes.flatMap(({ grade, name }) => (grade === 'destructive' && !typed.includes(name) ? [name] : []))),
]
