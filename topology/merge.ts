import type { Diagnostics } from './diagnostic.ts'
import type { MapEntry, MapNode, ScalarNode, SyntaxNode } from './document.ts'

/** What may be written in each file of a topology. */
const IN_EVERY_FILE = 'version'

/**
 * Two files of one topology as one: maps are put together, and anything else that both write is a mistake, as a key that is
 * twice in one file is.
 */
export function joined(first: MapNode, second: MapNode, diagnostics: Diagnostics, path = ''): MapNode {
  const entries = new Map(first.entries)
  for (const [name, entry] of second.entries) {
    const found = first.entries.get(name)
    const place = path === '' ? name : `${path}.${name}`
    if (found === undefined) entries.set(name, entry)
    else if (found.value.kind === 'map' && entry.value.kind === 'map')
      entries.set(name, { ...found, value: joined(found.value, entry.value, diagnostics, place) })
    else if (place !== IN_EVERY_FILE || !isSame(found.value, entry.value))
      diagnostics.error(
        'T040',
        entry.keySpan,
        `\`${place}\` is written in ${found.keySpan.file}:${found.keySpan.line} too`,
        'written in two files',
        '`include:` adds and does not replace; what differs by environment belongs into an overlay',
      )
  }
  return { ...first, entries }
}

/**
 * A topology with an overlay on it: maps are merged key by key, scalars and lists are replaced whole, `null` removes, and a
 * value whose variable is not set is as if it was not written.
 */
export function overlaid(base: MapNode, overlay: MapNode, diagnostics: Diagnostics, path = ''): MapNode {
  const entries = new Map(base.entries)
  for (const [name, entry] of overlay.entries) {
    const place = path === '' ? name : `${path}.${name}`
    if (place === IN_EVERY_FILE && isSame(base.entries.get(name)?.value, entry.value)) continue
    const value = overlaidValue(base.entries.get(name)?.value, entry, place, diagnostics)
    if (value === undefined) entries.delete(name)
    else entries.set(name, value)
  }
  return { ...base, entries }
}

/** Undefined: nothing is there afterwards. */
function overlaidValue(
  found: SyntaxNode | undefined,
  entry: MapEntry,
  place: string,
  diagnostics: Diagnostics,
): MapEntry | undefined {
  const { value, keySpan } = entry
  const idle = (why: string, help: string): void => {
    diagnostics.warning('T007', keySpan, `\`${place}\` of this overlay ${why}`, 'changes nothing', help)
  }
  if (isScalarOf(value, undefined)) return found && { keySpan, value: found }
  if (isScalarOf(value, null)) {
    if (found === undefined) idle('removes what is not there', 'is the name right?')
    return undefined
  }
  if (value.kind !== 'map') {
    if (found !== undefined && isSame(found, value)) idle('is what it was before', 'leave it out')
    return entry
  }
  if (found?.kind === 'map') {
    if (value.entries.size === 0) idle('is empty', 'to remove it write `null`')
    return { keySpan, value: overlaid(found, value, diagnostics, place) }
  }
  // Also what is new has no nulls in it.
  return { keySpan, value: overlaid({ ...value, entries: new Map() }, value, diagnostics, place) }
}

const isScalarOf = (node: SyntaxNode, value: ScalarNode['value']): boolean =>
  node.kind === 'scalar' && node.value === value

function isSame(a: SyntaxNode | undefined, b: SyntaxNode): boolean {
  if (a?.kind === 'scalar') return b.kind === 'scalar' && a.value === b.value
  if (a?.kind === 'list')
    return (
      b.kind === 'list' && a.items.length === b.items.length && b.items.every((item, n) => isSame(a.items[n], item))
    )
  if (a?.kind !== 'map' || b.kind !== 'map' || a.entries.size !== b.entries.size) return false
  return [...b.entries].every(([name, { value }]) => isSame(a.entries.get(name)?.value, value))
}
