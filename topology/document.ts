import { dirname, isAbsolute, join } from 'node:path'
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml'
import type { Diagnostics, Span } from './diagnostic.ts'

/** YAML in which every value keeps its place. */
export type SyntaxNode = ScalarNode | ListNode | MapNode
export interface ScalarNode {
  readonly kind: 'scalar'
  /** After substitution; `undefined` where a variable is not set. */
  readonly value: string | number | boolean | null | undefined
  /** Some of it comes from the environment or from a file of its own. */
  readonly isSubstituted?: boolean
  readonly span: Span
}
export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly SyntaxNode[]
  readonly span: Span
}
export interface MapEntry {
  readonly keySpan: Span
  readonly value: SyntaxNode
}
export interface MapNode {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, MapEntry>
  readonly span: Span
}

export type Environment = Readonly<Record<string, string | undefined>>

/** What a topology is read with. */
export interface SyntaxPorts {
  readonly env: Environment
  /** Text of a file that the topology names; throws an Error that says why there is none. */
  readonly readFile: (file: string) => string
}

/** A topology of 500 nodes has a tenth of it. */
export const FILE_BYTES_MAX = 1 << 20
/** The grammar has seven levels, parameters may have some more. */
export const DEPTH_MAX = 32
/** One mistake in YAML makes others; so many are told. */
const YAML_ERRORS_MAX = 10

/** A path that is written in a file, from that file's folder. */
export const besideFile = (file: string, path: string): string => (isAbsolute(path) ? path : join(dirname(file), path))

/**
 * Parses YAML to a syntax tree. `${env:NAME}`, `${env:NAME:-default}` and `${file:path}` are substituted after parsing, inside
 * scalars only, so a value can never add structure; a variable that is not set and has no default leaves the scalar undefined.
 */
export function parseSyntax(
  file: string,
  text: string,
  ports: SyntaxPorts,
  diagnostics: Diagnostics,
): SyntaxNode | undefined {
  const lines = new LineCounter()
  const spanAt = (start: number, end: number): Span => {
    const from = lines.linePos(start)
    const to = lines.linePos(Math.max(start, end))
    const endColumn = to.line === from.line ? to.col : lineLength(text, start, from.col) + 1
    return { file, line: from.line, column: from.col, endColumn: Math.max(endColumn, from.col + 1) }
  }
  if (text.length > FILE_BYTES_MAX) return tooLarge(spanStart(file), text.length, diagnostics)
  // Keys are compared below: the parser would compare each with all before it.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, version: '1.2' })
  const problems = [...document.errors, ...document.warnings]
  if (problems.some(({ message }) => /call stack|stack overflow/i.test(message)))
    return tooDeep(spanAt(...(problems[0]?.pos ?? [0, 0])), diagnostics)
  for (const problem of problems.slice(0, YAML_ERRORS_MAX)) {
    const message = (problem.message.split('\n')[0] ?? 'not YAML').replace(/ at line \d+, column \d+:?$/, '')
    diagnostics.error('T001', spanAt(...problem.pos), `not YAML: ${message}`, 'here')
  }
  if (problems.length > 0) return undefined
  if (document.contents) return convert(document.contents, { file, spanAt, ports, diagnostics }, 0)
  const help = 'a topology starts with `version: 1` and `name:`'
  return diagnostics.error('T001', spanStart(file), 'the file is empty', 'nothing here', help)
}

const spanStart = (file: string): Span => ({ file, line: 1, column: 1, endColumn: 2 })

/** Of the line that has this column at this offset. */
function lineLength(text: string, offset: number, column: number): number {
  const end = text.indexOf('\n', offset)
  return (end < 0 ? text.length : end) - (offset - column + 1)
}

function tooLarge(span: Span, bytes: number, diagnostics: Diagnostics): undefined {
  const message = `the file has ${(bytes / FILE_BYTES_MAX).toFixed(1)} MiB, and may have 1`
  return diagnostics.error(
    'T008',
    span,
    message,
    'too large',
    'is it the right file? Parts of it can be under `include:`',
  )
}

const tooDeep = (span: Span, diagnostics: Diagnostics): undefined =>
  diagnostics.error('T008', span, `nested deeper than ${DEPTH_MAX} levels`, 'too deep', 'nothing here needs so many')

interface Conversion {
  readonly file: string
  readonly spanAt: (start: number, end: number) => Span
  readonly ports: SyntaxPorts
  readonly diagnostics: Diagnostics
}

function convert(node: ParsedNode, c: Conversion, depth: number): SyntaxNode | undefined {
  const span = spanOf(node, c)
  if (depth > DEPTH_MAX) return tooDeep(span, c.diagnostics)
  // Never resolved, so one that multiplies or loops costs nothing.
  if (isAlias(node))
    return c.diagnostics.error('T003', span, 'anchors and aliases are not used here', 'an alias', 'write the value out')
  if (isScalar(node)) return substitute(node.value, span, c)
  if (isSeq(node))
    return { kind: 'list', items: node.items.flatMap((item) => convert(item as ParsedNode, c, depth + 1) ?? []), span }
  if (!isMap(node)) return undefined
  const entries = new Map<string, MapEntry>()
  for (const pair of node.items) {
    const key = pair.key as ParsedNode
    const keySpan = spanOf(key, c)
    if (!isScalar(key)) {
      c.diagnostics.error('T003', keySpan, 'a key is a word', 'not a word')
      continue
    }
    const before = entries.get(String(key.value))
    if (before !== undefined) {
      const message = `\`${key.value}\` is written twice, first in line ${before.keySpan.line}`
      c.diagnostics.error('T001', keySpan, message, 'second time')
      continue
    }
    const value = pair.value ? convert(pair.value as ParsedNode, c, depth + 1) : undefined
    entries.set(String(key.value), { keySpan, value: value ?? { kind: 'scalar', value: null, span: keySpan } })
  }
  return { kind: 'map', entries, span }
}

const spanOf = (node: Node, c: Conversion): Span => c.spanAt(node.range?.[0] ?? 0, node.range?.[1] ?? 0)

const SUBSTITUTION = /\$\{(\w+):([^}]*)\}/g
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

/** A scalar with what it names put in. */
function substitute(written: unknown, span: Span, c: Conversion): ScalarNode {
  const value = written as ScalarNode['value']
  if (typeof value !== 'string' || !value.includes('${')) return { kind: 'scalar', value, span }
  let [isUnset, isSubstituted] = [false, false]
  const text = value.replace(SUBSTITUTION, (whole, kind: string, what: string) => {
    isSubstituted = true
    const found = kind === 'env' ? variable(what, c) : kind === 'file' ? fileText(what, span, c) : NOT_ONE
    if (found === NOT_ONE) {
      const help = `write \${env:NAME}, \${env:NAME:-default} or \${file:path}`
      c.diagnostics.error('T005', span, `\`${whole}\` is nothing that can be put in`, 'not a substitution', help)
      return whole
    }
    if (typeof found !== 'string') isUnset = true
    return typeof found === 'string' ? found : ''
  })
  return { kind: 'scalar', value: isUnset ? undefined : text, isSubstituted, span }
}

const NOT_ONE = Symbol('not a substitution')

function variable(what: string, c: Conversion): string | undefined | typeof NOT_ONE {
  const [, name, fallback] = VARIABLE.exec(what) ?? []
  return name === undefined ? NOT_ONE : c.ports.env[name] || fallback
}

/** Without the line's end that editors and `echo` leave. */
function fileText(path: string, span: Span, c: Conversion): string | undefined {
  try {
    const text = c.ports.readFile(besideFile(c.file, path))
    if (text.length > FILE_BYTES_MAX) return tooLarge(span, text.length, c.diagnostics)
    return text.replace(/\r?\n$/, '')
  } catch (error) {
    const message = `the file \`${path}\` cannot be read: ${(error as Error).message}`
    return c.diagnostics.error('T006', span, message, 'no such file', 'the path is taken from the folder of this file')
  }
}
