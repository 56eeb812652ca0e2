import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml'
import type { Diagnostics, Span } from './diagnostic.ts'

/** YAML in which every value keeps its place. */
export type SyntaxNode = ScalarNode | ListNode | MapNode
export interface ScalarNode {
  readonly kind: 'scalar'
  /** After substitution; `undefined` where a variable is not set. */
  readonly value: string | number | boolean | null | undefined
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

/**
 * Parses YAML to a syntax tree. `${env:NAME}` and `${env:NAME:-default}` are substituted after parsing, inside scalars
 * only, so a value can never add structure; a variable that is not set and has no default leaves the scalar undefined.
 */
export function parseSyntax(
  file: string,
  text: string,
  env: Environment,
  diagnostics: Diagnostics,
): SyntaxNode | undefined {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' })
  const spanAt = (start: number, end: number): Span => {
    const from = lines.linePos(start)
    const to = lines.linePos(Math.max(start, end))
    const endColumn = to.line === from.line ? to.col : (text.split('\n')[from.line - 1]?.length ?? 0) + 1
    return { file, line: from.line, column: from.col, endColumn: Math.max(endColumn, from.col + 1) }
  }
  for (const problem of document.errors) {
    const message = (problem.message.split('\n')[0] ?? 'not YAML').replace(/ at line \d+, column \d+:?$/, '')
    diagnostics.error('T001', spanAt(...problem.pos), `not YAML: ${message}`, 'here')
  }
  if (document.errors.length > 0 || !document.contents) {
    if (document.errors.length === 0)
      diagnostics.error(
        'T001',
        spanAt(0, 0),
        'the file is empty',
        'nothing here',
        'a topology starts with `version: 1` and `name:`',
      )
    return undefined
  }
  return convert(document.contents, { spanAt, env, diagnostics })
}

interface Conversion {
  readonly spanAt: (start: number, end: number) => Span
  readonly env: Environment
  readonly diagnostics: Diagnostics
}

function convert(node: ParsedNode, c: Conversion): SyntaxNode | undefined {
  const span = spanOf(node, c)
  if (isAlias(node))
    return c.diagnostics.error('T003', span, 'anchors and aliases are not used here', 'an alias', 'write the value out')
  if (isScalar(node)) return { kind: 'scalar', value: substitute(node.value, c.env), span }
  if (isSeq(node))
    return { kind: 'list', items: node.items.flatMap((item) => convert(item as ParsedNode, c) ?? []), span }
  if (!isMap(node)) return undefined
  const entries = new Map<string, { keySpan: Span; value: SyntaxNode }>()
  for (const pair of node.items) {
    const key = pair.key as ParsedNode
    const value = pair.value ? convert(pair.value as ParsedNode, c) : undefined
    const name = isScalar(key) ? String(key.value) : key.toString()
    const keySpan = spanOf(key, c)
    entries.set(name, { keySpan, value: value ?? { kind: 'scalar', value: null, span: keySpan } })
  }
  return { kind: 'map', entries, span }
}

const spanOf = (node: Node, c: Conversion): Span => c.spanAt(node.range?.[0] ?? 0, node.range?.[1] ?? 0)

const VARIABLE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g

function substitute(value: unknown, env: Environment): ScalarNode['value'] {
  if (typeof value !== 'string' || !value.includes('${env:')) return value as ScalarNode['value']
  let isUnset = false
  const text = value.replace(VARIABLE, (_, name: string, fallback: string | undefined) => {
    const found = env[name] || fallback
    if (found === undefined) isUnset = true
    return found ?? ''
  })
  return isUnset ? undefined : text
}
