import { type Diagnostics, didYouMean, type Span, suggest } from './diagnostic.ts'
import type { MapNode, SyntaxNode } from './document.ts'

/** A value with the place it was written, so that later checks can point at it. */
export interface Located<T> {
  readonly value: T
  readonly span: Span
}

/** What may be written somewhere: reads it, documents it, and gives the editor its schema. */
export interface Shape<T> {
  readonly schema: Readonly<Record<string, unknown>>
  readonly read: (node: SyntaxNode, diagnostics: Diagnostics) => T | undefined
}

export interface Member<T> {
  readonly shape: Shape<T>
  readonly doc: string
  readonly required: boolean
  readonly default: T | undefined
}

const found = (node: SyntaxNode): string =>
  node.kind === 'scalar' ? JSON.stringify(node.value ?? null) : node.kind === 'list' ? 'a list' : 'a map'
const wrongType = (node: SyntaxNode, expected: string, diagnostics: Diagnostics): undefined =>
  diagnostics.error('T003', node.span, `expected ${expected}, found ${found(node)}`, `not ${expected}`)

/** A scalar that `parse` accepts; `parse` throws TypeError in words that end the sentence "expected …". */
export function scalar<T>(
  schema: Readonly<Record<string, unknown>>,
  expected: string,
  parse: (value: unknown) => T | undefined,
): Shape<Located<T>> {
  return {
    schema,
    read(node, diagnostics) {
      if (node.kind !== 'scalar') return wrongType(node, expected, diagnostics)
      const value = parse(node.value)
      return value === undefined ? wrongType(node, expected, diagnostics) : { value, span: node.span }
    },
  }
}

export const text = (expected = 'text'): Shape<Located<string>> =>
  scalar({ type: 'string' }, expected, (v) => (typeof v === 'string' && v !== '' ? v : undefined))
export const flag: Shape<Located<boolean>> = scalar({ type: 'boolean' }, 'true or false', (v) =>
  typeof v === 'boolean' ? v : v === 'true' ? true : v === 'false' ? false : undefined,
)
export const integer = (min: number, max: number): Shape<Located<number>> =>
  scalar({ type: 'integer', minimum: min, maximum: max }, `a whole number from ${min} to ${max}`, (v) => {
    const n = typeof v === 'string' ? Number(v) : v
    return Number.isInteger(n) && (n as number) >= min && (n as number) <= max ? (n as number) : undefined
  })

export function choice<const T extends string>(...choices: readonly T[]): Shape<Located<T>> {
  return {
    schema: { type: 'string', enum: choices },
    read(node, diagnostics) {
      const value = node.kind === 'scalar' ? choices.find((c) => c === yamlWord(node.value)) : undefined
      if (value !== undefined) return { value, span: node.span }
      const help =
        node.kind === 'scalar' && typeof node.value === 'string' ? [didYouMean(node.value, choices, 'choices')] : []
      return diagnostics.error(
        'T005',
        node.span,
        `expected one of ${choices.join(', ')}, found ${found(node)}`,
        'not one of them',
        ...help,
      )
    },
  }
}
/** `off` is text here whatever a YAML 1.1 tool made of it. */
const yamlWord = (value: unknown): unknown => (value === false ? 'off' : value)

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
export function parseDuration(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d+)(ms|s|m|h|d)$/.exec(value.trim()) : null
  return match ? Number(match[1]) * (UNITS_MS[match[2] as string] as number) : undefined
}
export const duration: Shape<Located<number>> = scalar(
  { type: 'string', pattern: '^\\d+(ms|s|m|h|d)$', examples: ['200ms', '30d'] },
  'a duration such as 200ms, 30s, 5m, 24h or 30d',
  parseDuration,
)
/** A duration, or `forever`, which is -1 as Kafka writes it. */
export const durationOrForever: Shape<Located<number>> = scalar(
  { type: 'string', pattern: '^(forever|\\d+(ms|s|m|h|d))$', examples: ['30d', 'forever'] },
  'a duration such as 24h or 30d, or forever',
  (value) => (value === 'forever' ? -1 : parseDuration(value)),
)
export const durationRange: Shape<Located<{ readonly minMs: number; readonly maxMs: number }>> = scalar(
  { type: 'string', pattern: '^\\d+(ms|s|m|h|d)\\.\\.\\d+(ms|s|m|h|d)$', examples: ['200ms..30s'] },
  'a range of durations such as 200ms..30s',
  (v) => {
    const [from, to] = typeof v === 'string' ? v.split('..') : []
    const [minMs, maxMs] = [parseDuration(from), parseDuration(to)]
    return minMs !== undefined && maxMs !== undefined && minMs <= maxMs ? { minMs, maxMs } : undefined
  },
)

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 }
/** How often, by the second: `20/s`, `100/m`, `25/h`. */
export const rate: Shape<Located<number>> = scalar(
  { type: 'string', pattern: '^[1-9]\\d*/(s|m|h)$', examples: ['20/s', '100/m'] },
  'a rate such as 20/s, 100/m or 25/h',
  (value) => {
    const match = typeof value === 'string' ? /^([1-9]\d*)\/(s|m|h)$/.exec(value.trim()) : null
    return match ? Number(match[1]) / (SECONDS[match[2] as string] as number) : undefined
  },
)

/** One or several: `a` or `[a, b]`. */
export function oneOrMore<T>(item: Shape<T>): Shape<readonly T[]> {
  return {
    schema: { oneOf: [item.schema, { type: 'array', items: item.schema, minItems: 1 }] },
    read(node, diagnostics) {
      const nodes = node.kind === 'list' ? node.items : [node]
      const values = nodes.map((n) => item.read(n, diagnostics))
      return values.some((v) => v === undefined) ? undefined : (values as T[])
    },
  }
}

/** A map keyed by names of the writer's choice. */
export function named<T>(
  item: Shape<T>,
  doc: string,
): Shape<ReadonlyMap<string, { readonly nameSpan: Span; readonly value: T }>> {
  return {
    schema: { type: 'object', description: doc, additionalProperties: item.schema },
    read(node, diagnostics) {
      if (node.kind !== 'map') return wrongType(node, 'a map keyed by name', diagnostics)
      const entries = [...node.entries].flatMap(([name, { keySpan, value }]) => {
        if (!/^[a-z][a-z0-9_.]*$/.test(name)) {
          diagnostics.error(
            'T005',
            keySpan,
            `\`${name}\` is not a name`,
            'not a name',
            'names are lower-case letters, digits, _ and ., and start with a letter',
          )
        }
        const read = item.read(value, diagnostics)
        return read === undefined ? [] : [[name, { nameSpan: keySpan, value: read }] as const]
      })
      return new Map(entries)
    },
  }
}

/** Anything, kept as written: parameters whose meaning the code decides. */
export const anything: Shape<MapNode> = {
  schema: { type: 'object' },
  read: (node, diagnostics) => (node.kind === 'map' ? node : wrongType(node, 'a map', diagnostics)),
}

type Members = Readonly<Record<string, Member<unknown>>>
export type ObjectOf<M extends Members> = { readonly [K in keyof M]: M[K] extends Member<infer T> ? T : never }

export const required = <T>(shape: Shape<T>, doc: string): Member<T> => ({
  shape,
  doc,
  required: true,
  default: undefined,
})
export const optional = <T>(shape: Shape<T>, doc: string): Member<T | undefined> => ({
  shape: shape as Shape<T | undefined>,
  doc,
  required: false,
  default: undefined,
})

/** A map with these keys and no others. */
export function object<M extends Members>(members: M, doc: string): Shape<ObjectOf<M> & { readonly span: Span }> {
  return {
    schema: objectSchema(members, doc),
    read(node, diagnostics) {
      if (node.kind !== 'map') return wrongType(node, 'a map', diagnostics)
      // A misspelt key is one mistake, not also a missing one.
      const meant = new Set<string | undefined>()
      for (const [name, { keySpan }] of node.entries) {
        if (Object.hasOwn(members, name)) continue
        meant.add(suggest(name, Object.keys(members)))
        diagnostics.error(
          'T002',
          keySpan,
          `\`${name}\` is not a key here`,
          'unknown key',
          didYouMean(name, Object.keys(members), 'keys'),
        )
      }
      const values = Object.entries(members).map(
        ([name, member]) => [name, meant.has(name) ? undefined : readMember(name, member, node, diagnostics)] as const,
      )
      return { ...Object.fromEntries(values), span: node.span } as ObjectOf<M> & { readonly span: Span }
    },
  }
}

function readMember(name: string, member: Member<unknown>, node: MapNode, diagnostics: Diagnostics): unknown {
  const entry = node.entries.get(name)
  const isUnset = entry?.value.kind === 'scalar' && entry.value.value === undefined
  if (entry && !isUnset) return member.shape.read(entry.value, diagnostics)
  if (member.required)
    diagnostics.error(
      'T004',
      entry?.keySpan ?? node.span,
      `\`${name}\` is missing`,
      `needs \`${name}\``,
      `${name}: ${member.doc}`,
    )
  return undefined
}

function objectSchema(members: Members, doc: string): Record<string, unknown> {
  const properties = Object.fromEntries(
    Object.entries(members).map(([name, m]) => [name, { ...m.shape.schema, description: m.doc }]),
  )
  const needed = Object.entries(members).flatMap(([name, m]) => (m.required ? [name] : []))
  return {
    type: 'object',
    description: doc,
    properties,
    additionalProperties: false,
    ...(needed.length > 0 ? { required: needed } : {}),
  }
}
