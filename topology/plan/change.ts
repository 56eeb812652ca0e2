/**
 * How much a change can cost. `safe`: nobody notices, or more is kept than before. `disruptive`: work stops for a moment or
 * happens again. `destructive`: something is gone afterwards.
 */
export type Grade = 'safe' | 'disruptive' | 'destructive'
export const GRADES: readonly Grade[] = ['safe', 'disruptive', 'destructive']

/** What is done, with all it takes: a plan is carried out without looking anything up. */
export type Action =
  | {
      readonly kind: 'create_topic'
      readonly topic: string
      readonly partitions: number
      readonly settings: Readonly<Record<string, string>>
    }
  | { readonly kind: 'alter_topic'; readonly topic: string; readonly settings: Readonly<Record<string, string>> }
  | { readonly kind: 'add_partitions'; readonly topic: string; readonly total: number }
  | { readonly kind: 'delete_topic'; readonly topic: string; readonly topic_id: string }
  | { readonly kind: 'set_compatibility'; readonly subject: string; readonly level: string }
  | { readonly kind: 'register_schema'; readonly subject: string; readonly schema: string }
  | { readonly kind: 'delete_group'; readonly group: string }
  /** Every record of a topic to the same partition of another, while these groups have no members. */
  | { readonly kind: 'copy_topic'; readonly from: string; readonly to: string; readonly groups: readonly string[] }
  | { readonly kind: 'carry_offsets'; readonly from: string; readonly to: string }

/** Who and what a change touches. Counts are null where they could not be measured. */
export interface Blast {
  readonly nodes: readonly string[]
  readonly records: string | null
  readonly bytes: string | null
}

/** One facet of the world as the change finds it and as it leaves it; `*` is any value that is not `absent`. */
export interface Turn {
  readonly before: string
  readonly after: string
}

/** On the wire as it is in code: a plan is a file. */
export interface Change {
  /** Name of the topic, subject or group: what has to be typed where the change is destructive. */
  readonly name: string
  readonly action: Action
  readonly grade: Grade
  /** What changes, `retention.ms 2592000000 -> 604800000`. */
  readonly what: string
  /** Why it has this grade. */
  readonly reason: string
  readonly blast: Blast
  readonly turns: Readonly<Record<string, Turn>>
}

/** Something wanted that cannot be reached from here by itself. */
export interface Obstacle {
  readonly name: string
  readonly message: string
  readonly help: string
}

/** Something worth knowing that nothing is done about. */
export interface Note {
  readonly name: string
  readonly message: string
}

export interface Plan {
  readonly changes: readonly Change[]
  readonly obstacles: readonly Obstacle[]
  readonly notes: readonly Note[]
  /** The world it was made for, facet by facet. */
  readonly world: Readonly<Record<string, string>>
}

export const ABSENT = 'absent'
export const ANY = '*'
export const isAt = (value: string, wanted: string): boolean => (wanted === ANY ? value !== ABSENT : value === wanted)
