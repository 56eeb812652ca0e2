import type { Diagnostics } from './diagnostic.ts'
import {
  besideFile,
  type MapNode,
  parseSyntax,
  type ScalarNode,
  type SyntaxNode,
  type SyntaxPorts,
} from './document.ts'
import { joined, overlaid } from './merge.ts'

export interface Composition {
  readonly syntax: SyntaxNode | undefined
  /** Text of every file that was read, by the name that diagnostics give it. */
  readonly sources: ReadonlyMap<string, string>
}

/**
 * A topology of one or several files: what `include:` names is put together, then each overlay is laid on, in order. A file
 * that two others include is read once. Paths are taken from the file they are written in.
 */
export function composeSyntax(
  file: string,
  text: string,
  overlays: readonly string[],
  ports: SyntaxPorts,
  diagnostics: Diagnostics,
): Composition {
  const reading = { ports, diagnostics, sources: new Map<string, string>() }
  const base = readWhole(file, text, [file], new Set([file]), reading)
  const over = overlays.map((path) => {
    const found = readOverlay(path, reading)
    return found === undefined ? undefined : readWhole(path, found, [path], new Set([path]), reading)
  })
  const syntax = over.reduce((whole, one) => laidOn(whole, one, diagnostics), base)
  return { syntax, sources: reading.sources }
}

interface Reading {
  readonly ports: SyntaxPorts
  readonly diagnostics: Diagnostics
  readonly sources: Map<string, string>
}

function readWhole(
  file: string,
  text: string,
  trail: readonly string[],
  seen: Set<string>,
  reading: Reading,
): SyntaxNode | undefined {
  reading.sources.set(file, text)
  reading.diagnostics.begin(file)
  const own = parseSyntax(file, text, reading.ports, reading.diagnostics)
  const named = own?.kind === 'map' ? includedBy(own) : undefined
  if (own?.kind !== 'map' || named === undefined) return own
  const parts = named.flatMap((name) => readIncluded(file, name, trail, seen, reading) ?? [])
  const rest: MapNode = { ...own, entries: new Map([...own.entries].filter(([key]) => key !== 'include')) }
  return parts.reduce((whole, part) => joined(whole, part, reading.diagnostics), rest)
}

/** Undefined where nothing is, or what is there is no path or list of them: the grammar says so. */
function includedBy({ entries }: MapNode): readonly ScalarNode[] | undefined {
  const value = entries.get('include')?.value
  const nodes = value?.kind === 'list' ? value.items : value === undefined ? [] : [value]
  const paths = nodes.filter((node) => node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '')
  return value !== undefined && paths.length === nodes.length ? (paths as readonly ScalarNode[]) : undefined
}

function readIncluded(
  from: string,
  { value, span }: ScalarNode,
  trail: readonly string[],
  seen: Set<string>,
  reading: Reading,
): MapNode | undefined {
  const { diagnostics, ports } = reading
  const file = besideFile(from, String(value))
  if (trail.includes(file)) {
    const round = [...trail.slice(trail.indexOf(file)), file].join(' -> ')
    return diagnostics.error('T006', span, `files include each other: ${round}`, 'closes the circle', 'leave one out')
  }
  if (seen.has(file)) return undefined
  seen.add(file)
  let text: string
  try {
    text = ports.readFile(file)
  } catch (error) {
    const message = `\`${value}\` cannot be included: ${(error as Error).message}`
    return diagnostics.error('T006', span, message, 'no such file', 'the path is taken from the folder of this file')
  }
  const whole = readWhole(file, text, [...trail, file], seen, reading)
  if (whole === undefined || whole.kind === 'map') return whole
  return diagnostics.error('T003', whole.span, 'a part of a topology is a map', 'not a map')
}

function readOverlay(path: string, { ports, diagnostics, sources }: Reading): string | undefined {
  try {
    return ports.readFile(path)
  } catch (error) {
    sources.set(path, '')
    const span = { file: path, line: 1, column: 1, endColumn: 2 }
    return diagnostics.error('T006', span, `the overlay cannot be read: ${(error as Error).message}`, 'no such file')
  }
}

function laidOn(
  base: SyntaxNode | undefined,
  overlay: SyntaxNode | undefined,
  diagnostics: Diagnostics,
): SyntaxNode | undefined {
  if (base?.kind !== 'map' || overlay === undefined) return base
  if (overlay.kind === 'map') return overlaid(base, overlay, diagnostics)
  return diagnostics.error('T003', overlay.span, 'an overlay is a map', 'not a map')
}
