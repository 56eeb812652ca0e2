/** A record as JSON: what it is known by, and its value; `null` is a tombstone. */
export interface ComparedRecord {
  readonly key: string | undefined
  readonly value: unknown
}

export interface FieldChange {
  /** `evidence[0].weight`. */
  readonly path: string
  readonly original: unknown
  readonly shadow: unknown
}

export type RecordDifference =
  | { readonly kind: 'changed'; readonly identity: string; readonly changes: readonly FieldChange[] }
  /** The original has it, the shadow has not. */
  | { readonly kind: 'missing'; readonly identity: string; readonly value: unknown }
  | { readonly kind: 'extra'; readonly identity: string; readonly value: unknown }

export interface DiffOptions {
  /** Fields of the value that, with the key, say which record is which. None: the key alone. */
  readonly by: readonly string[]
  /** Paths that are not compared, with all below them. */
  readonly ignore: readonly string[]
}

export interface RecordsDiff {
  readonly same: number
  readonly differences: readonly RecordDifference[]
}

/**
 * What a shadow gave against what was there: same, changed with its fields, missing, extra. Records are paired by key and
 * identity; of several with the same the first with the first, the second with the second.
 */
export function diffRecords(
  original: readonly ComparedRecord[],
  shadow: readonly ComparedRecord[],
  options: DiffOptions,
): RecordsDiff {
  const identity = (record: ComparedRecord): string => identityOf(record, options.by)
  const [before, after] = [Map.groupBy(original, identity), Map.groupBy(shadow, identity)]
  const differences: RecordDifference[] = []
  let same = 0
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [ours, theirs] = [before.get(name) ?? [], after.get(name) ?? []]
    for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
      const difference = differenceOf(name, ours[i], theirs[i], options.ignore)
      if (difference === undefined) same += 1
      else differences.push(difference)
    }
  }
  return { same, differences }
}

/** The key, and the fields that tell records of a key apart. */
export function identityOf({ key, value }: ComparedRecord, by: readonly string[]): string {
  const fields = by.map((field) => JSON.stringify(fieldOf(value, field)) ?? '')
  return [key ?? '', ...fields].join(' ')
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

/** Of two records of one identity; `undefined` where they are the same. One of them may be absent. */
export function differenceOf(
  name: string,
  original: ComparedRecord | undefined,
  shadow: ComparedRecord | undefined,
  ignore: readonly string[],
): RecordDifference | undefined {
  if (shadow === undefined) return { kind: 'missing', identity: name, value: original?.value }
  if (original === undefined) return { kind: 'extra', identity: name, value: shadow.value }
  const changes = changesOf(original.value, shadow.value, '').filter(({ path }) => !isIgnored(path, ignore))
  return changes.length === 0 ? undefined : { kind: 'changed', identity: name, changes }
}

const isIgnored = (path: string, ignore: readonly string[]): boolean =>
  ignore.some((one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`))

/** Every place where two values of JSON differ, the outermost only. */
export function changesOf(original: unknown, shadow: unknown, path: string): readonly FieldChange[] {
  if (Object.is(original, shadow)) return []
  if (Array.isArray(original) && Array.isArray(shadow) && original.length === shadow.length)
    return original.flatMap((one, i) => changesOf(one, shadow[i], `${path}[${i}]`))
  if (isObject(original) && isObject(shadow)) {
    const names = new Set([...Object.keys(original), ...Object.keys(shadow)])
    return [...names].flatMap((name) => changesOf(original[name], shadow[name], path === '' ? name : `${path}.${name}`))
  }
  return [{ path, original, shadow }]
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How often each field changed, the most often first; places in lists count as one. */
export function changedFields(differences: readonly RecordDifference[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const difference of differences) {
    if (difference.kind !== 'changed') continue
    const fields = new Set(difference.changes.map(({ path }) => path.replace(/\[\d+\]/g, '[]')))
    for (const field of fields) counts.set(field, (counts.get(field) ?? 0) + 1)
  }
  return [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}
