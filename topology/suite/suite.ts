import type { Diagnostic } from '../diagnostic.ts'
import { Diagnostics } from '../diagnostic.ts'
import { type Environment, parseSyntax, type SyntaxNode } from '../document.ts'
import {
  flag,
  integer,
  object,
  oneOrMore,
  optional,
  parseDuration,
  required,
  type Shape,
  scalar,
  text,
} from '../shape.ts'

/** Anything, as JSON has it. */
const json: Shape<{ readonly value: unknown }> = {
  schema: {},
  read: (node) => ({ value: plain(node) }),
}

function plain(node: SyntaxNode): unknown {
  if (node.kind === 'scalar') return node.value ?? null
  if (node.kind === 'list') return node.items.map(plain)
  return Object.fromEntries([...node.entries].map(([name, { value }]) => [name, plain(value)]))
}

const instant = scalar(
  { type: 'string', examples: ['2026-03-02T14:30:00Z'] },
  'a time such as 2026-03-02T14:30:00Z',
  (value) => {
    const ms =
      typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(value) ? Date.parse(value) : Number.NaN
    return Number.isNaN(ms) ? undefined : ms
  },
)
/** A duration, with a sign where it goes back. */
const span = scalar({ type: 'string', examples: ['40s', '-10m'] }, 'a duration such as 40s or -10m', (value) => {
  if (typeof value !== 'string') return undefined
  const ms = parseDuration(value.replace(/^-/, ''))
  return ms === undefined ? undefined : value.startsWith('-') ? -ms : ms
})

const step = object(
  {
    to: optional(text('the name of a topic'), 'Topic a record is written to.'),
    key: optional(text('a key'), 'Its key.'),
    value: optional(json, 'Its value; fields that are left out are filled in. null deletes.'),
    bytes: optional(
      text('bytes as base64'),
      'Its value as bytes, instead of `value`: what another writer may have put there.',
    ),
    after: optional(span, 'Time of the record from the beginning of the case; -10m is late.'),
    advance: optional(span, 'Instead of a record: time passes, and timers are called.'),
  },
  'A record that comes in, or time that passes.',
)
const expectation = object(
  {
    on: optional(text('the name of a topic'), 'Topic to look at.'),
    dead_letter: optional(text('the name of a node'), 'Or a node, whose dead letters are looked at.'),
    key: optional(text('a key'), 'Only records of this key.'),
    value: optional(json, 'Only records with these fields; others do not matter. /…/ is a pattern.'),
    code: optional(text('a code'), 'Only dead letters of this error.'),
    count: optional(integer(0, 1_000_000), 'How many there are; at least one unless given.'),
    absent: optional(flag, 'There is none.'),
  },
  'What has to come out.',
)
const stored = object(
  {
    of: required(text('the name of a node'), 'Node that has the store.'),
    store: required(text('the name of a store'), 'Its store.'),
    key: required(text('a key'), 'Key to look up.'),
    value: optional(json, 'What is there, with these fields.'),
    absent: optional(flag, 'Nothing is there.'),
  },
  'What has to be in a store at the end.',
)
const suiteCase = object(
  {
    name: required(text('a sentence'), 'What is expected, as a sentence.'),
    at: optional(instant, 'When it begins.'),
    produce: required(oneOrMore(step), 'What comes in, in order.'),
    expect: optional(oneOrMore(expectation), 'What comes out.'),
    stores: optional(oneOrMore(stored), 'What is in stores at the end.'),
  },
  'One case, with logs and stores of its own.',
)
const suiteShape = object(
  {
    topology: optional(text('a file'), 'Topology, from the folder of this file; that of the settings unless given.'),
    nodes: optional(oneOrMore(text('the name of a node')), 'Processors that run; all unless given.'),
    cases: required(oneOrMore(suiteCase), 'The cases.'),
  },
  'Cases for a topology.',
)

type Read<S> = S extends Shape<infer T> ? T : never
export type Step =
  | {
      readonly kind: 'record'
      readonly to: string
      readonly key: string | undefined
      /** JSON; undefined deletes. */
      readonly value: unknown
      readonly bytes: Uint8Array | undefined
      /** From the beginning of the case. */
      readonly afterMs: number
      readonly line: number
    }
  | { readonly kind: 'advance'; readonly ms: number; readonly line: number }

export interface Expectation {
  readonly at: { readonly topic: string } | { readonly deadLettersOf: string }
  readonly key: string | undefined
  readonly value: unknown
  readonly code: string | undefined
  /** Undefined: one at least. */
  readonly count: number | undefined
  readonly line: number
}

export interface StoredExpectation {
  readonly node: string
  readonly store: string
  readonly key: string
  /** Undefined: nothing is there. */
  readonly value: unknown
  readonly line: number
}

export interface SuiteCase {
  readonly name: string
  readonly startMs: number
  readonly steps: readonly Step[]
  readonly expect: readonly Expectation[]
  readonly stores: readonly StoredExpectation[]
  readonly line: number
}

export interface Suite {
  readonly topology: string | undefined
  readonly nodes: readonly string[] | undefined
  readonly cases: readonly SuiteCase[]
}

/** When a case begins that does not say. */
const START_MS = Date.parse('2026-03-02T14:30:00Z')

const noFiles = (): never => {
  throw new Error('a suite is one file')
}

/** A suite of YAML, or every mistake in it. */
export function readSuite(
  file: string,
  content: string,
  env: Environment,
): { readonly suite: Suite | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics = new Diagnostics()
  const syntax = parseSyntax(file, content, { env, readFile: noFiles }, diagnostics)
  const read = syntax && suiteShape.read(syntax, diagnostics)
  if (!read || diagnostics.hasErrors) return { suite: undefined, diagnostics: diagnostics.all }
  const cases = (read.cases ?? []).map((one) => toCase(one, diagnostics))
  if (diagnostics.hasErrors) return { suite: undefined, diagnostics: diagnostics.all }
  const suite = { topology: read.topology?.value, nodes: read.nodes?.map(({ value }) => value), cases }
  return { suite, diagnostics: diagnostics.all }
}

function toCase(read: Read<typeof suiteCase>, diagnostics: Diagnostics): SuiteCase {
  return {
    name: read.name.value,
    startMs: read.at?.value ?? START_MS,
    steps: (read.produce ?? []).flatMap((one) => toStep(one, diagnostics) ?? []),
    expect: (read.expect ?? []).flatMap((one) => toExpectation(one, diagnostics) ?? []),
    stores: (read.stores ?? []).map((one) => ({
      node: one.of.value,
      store: one.store.value,
      key: one.key.value,
      value: one.absent?.value ? undefined : (one.value?.value ?? {}),
      line: one.span.line,
    })),
    line: read.span.line,
  }
}

function toStep(read: Read<typeof step>, diagnostics: Diagnostics): Step | undefined {
  const { line } = read.span
  if (read.advance && !read.to) return { kind: 'advance', ms: read.advance.value, line }
  if (!read.to || read.advance)
    return diagnostics.error(
      'T004',
      read.span,
      'a step writes a record, or lets time pass',
      'needs one of `to` and `advance`',
    )
  return {
    kind: 'record',
    to: read.to.value,
    key: read.key?.value,
    value: read.value?.value ?? undefined,
    bytes: read.bytes === undefined ? undefined : Buffer.from(read.bytes.value, 'base64'),
    afterMs: read.after?.value ?? 0,
    line,
  }
}

function toExpectation(read: Read<typeof expectation>, diagnostics: Diagnostics): Expectation | undefined {
  const { on, dead_letter, span: place } = read
  if ((on === undefined) === (dead_letter === undefined))
    return diagnostics.error(
      'T004',
      place,
      'an expectation is on a topic, or of dead letters',
      'needs one of `on` and `dead_letter`',
    )
  return {
    at: on === undefined ? { deadLettersOf: dead_letter?.value ?? '' } : { topic: on.value },
    key: read.key?.value,
    value: read.value?.value,
    code: read.code?.value,
    count: read.absent?.value ? 0 : read.count?.value,
    line: place.line,
  }
}
