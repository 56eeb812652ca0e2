import { readdirSync } from 'node:fs'
import type { Catalog, CatalogEntry, Fields, Guarantee } from '../streams/index.ts'
import { checkCalls } from './check-calls.ts'
import { checkEdges, type SchemaProblem } from './check-edges.ts'
import { checkFlowNode, checkNoWindow, flowTopics } from './check-flow.ts'
import { checkMoved } from './check-moved.ts'
import { checkBridges, checkParking, checkReferences, checkStores, checkWindows } from './check-names.ts'
import { checkSecrets } from './check-secrets.ts'
import type { CheckedNode, CheckedTopology, Draft } from './checked.ts'
import { composeSyntax } from './compose.ts'
import { findCycle } from './cycle.ts'
import { type Diagnostic, Diagnostics, didYouMean } from './diagnostic.ts'
import type { Environment, MapEntry, SyntaxNode } from './document.ts'
import { type TopologyFile, topologyShape, VERSION } from './grammar.ts'
import { unreachedNodes } from './reach.ts'
import { resolveDefaults } from './resolve.ts'

export interface CheckOptions {
  readonly env: Environment
  /** Files laid on the topology, in order. */
  readonly overlays?: readonly string[]
  /** Text of a file that the topology or `overlays` name; throws an Error that says why there is none. */
  readonly readFile?: (file: string) => string
  readonly catalog: Catalog
  /** How the schemas of the code and of the topology's folder are held to each other; left out, they are taken to be the same. */
  readonly schemaProblem?: SchemaProblem
  /** What the chosen log driver can promise; left out, guarantees are not checked. */
  readonly driver?: { readonly name: string; readonly guarantees: readonly Guarantee[] }
  /** Overrides the guarantee of every node. */
  readonly guarantee?: Guarantee
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[]
  /** Text of every file that was read, by the name that diagnostics give it. */
  readonly sources: ReadonlyMap<string, string>
}
export type CheckResult =
  | (Checked & { readonly ok: true; readonly topology: CheckedTopology })
  | (Checked & { readonly ok: false })

/** After other mistakes of reading something is missing that the rest would be told to lack. */
const LEAVES_IT_WHOLE: ReadonlySet<string> = new Set(['T005', 'T040'])

const noFiles = (): never => {
  throw new Error('there are no other files here')
}

/** Every mistake of a topology at once. Reads the schema folder it names; opens no connection. */
export function checkTopology(file: string, text: string, options: CheckOptions): CheckResult {
  const diagnostics = new Diagnostics()
  const ports = { env: options.env, readFile: options.readFile ?? noFiles }
  const { syntax, sources } = composeSyntax(file, text, options.overlays ?? [], ports, diagnostics)
  const isWhole = diagnostics.all.every(({ severity, code }) => severity === 'warning' || LEAVES_IT_WHOLE.has(code))
  const topology = syntax && isWhole ? checkSyntax(file, syntax, options, diagnostics) : undefined
  const checked = { diagnostics: diagnostics.all, sources }
  return topology === undefined ? { ok: false, ...checked } : { ok: true, topology, ...checked }
}

function checkSyntax(
  file: string,
  syntax: SyntaxNode,
  options: CheckOptions,
  diagnostics: Diagnostics,
): CheckedTopology | undefined {
  if (!checkVersion(syntax, diagnostics)) return undefined
  for (const section of ['sources', 'processors', 'bridges', 'sinks']) {
    const nodes = syntax.kind === 'map' ? syntax.entries.get(section)?.value : undefined
    if (nodes !== undefined) checkSecrets(nodes, diagnostics)
  }
  const parsed = topologyShape.read(syntax, diagnostics)
  if (!parsed?.topics || !parsed.processors || !parsed.name) return undefined
  checkReferences(parsed, diagnostics)
  checkStores(parsed, diagnostics)
  checkBridges(parsed, diagnostics)
  checkWindows(parsed, diagnostics)
  checkParking(parsed, diagnostics)
  checkMoved(parsed, diagnostics)
  if (diagnostics.hasErrors) return undefined
  const draft = withGuarantee(resolveDefaults(file, parsed), options.guarantee)
  checkSchemas(parsed, draft, diagnostics)
  const topics = flowTopics(draft)
  for (const node of Object.values(draft.nodes)) checkNode(node, draft, topics, syntax, options, diagnostics)
  checkFlow(draft, parsed, diagnostics)
  if (!diagnostics.all.some(({ code }) => code === 'T013'))
    checkEdges(draft, parsed, options.catalog, options.schemaProblem, diagnostics)
  if (diagnostics.hasErrors) return undefined
  return draft as CheckedTopology
}

/** Before anything else: by another version's rules the same words may mean something else. */
function checkVersion(syntax: SyntaxNode, diagnostics: Diagnostics): boolean {
  const written = syntax.kind === 'map' ? syntax.entries.get('version')?.value : undefined
  if (written?.kind !== 'scalar' || !Number.isInteger(written.value) || written.value === VERSION) return true
  const help =
    Number(written.value) > VERSION
      ? 'it was written for a later stonks: bring this one up to date'
      : `write ${VERSION}`
  const message = `version ${written.value} of the language is not known here; this is version ${VERSION}`
  diagnostics.error('T009', written.span, message, 'unknown version', help)
  return false
}

function withGuarantee(draft: Draft, guarantee: Guarantee | undefined): Draft {
  if (guarantee === undefined) return draft
  const nodes = Object.entries(draft.nodes).map(([name, node]) => [name, { ...node, guarantee }] as const)
  return { ...draft, nodes: Object.fromEntries(nodes) }
}

function checkSchemas(t: TopologyFile, draft: Draft, diagnostics: Diagnostics): void {
  const known = schemaNames(draft.schemaDirectory)
  if (known === undefined) {
    const span = t.schemas?.directory?.span ?? t.span
    diagnostics.error(
      'T013',
      span,
      `the schema folder ${draft.schemaDirectory} cannot be read`,
      'no such folder',
      'the path is taken from the folder of this file',
    )
    return
  }
  for (const [, { value: topic }] of t.topics) {
    if (!topic.value || known.has(topic.value.value)) continue
    diagnostics.error(
      'T013',
      topic.value.span,
      `unknown schema \`${topic.value.value}\``,
      'no such schema',
      didYouMean(topic.value.value, known, 'schemas'),
    )
  }
}

/** Record names by their files: `parsed-document.avsc` holds ParsedDocument. */
function schemaNames(directory: string): ReadonlySet<string> | undefined {
  try {
    const files = readdirSync(directory).filter((f) => f.endsWith('.avsc'))
    return new Set(
      files.map((f) => f.slice(0, -5).replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase())),
    )
  } catch {
    return undefined
  }
}

function checkNode(
  node: CheckedNode,
  draft: Draft,
  topics: ReturnType<typeof flowTopics>,
  syntax: SyntaxNode,
  options: CheckOptions,
  diagnostics: Diagnostics,
): void {
  const code = options.catalog[node.run]
  const suits = (c: CatalogEntry): boolean => c.kind === node.kind || (c.kind === 'flow' && node.kind === 'processor')
  const sameKind = Object.values(options.catalog).filter(suits)
  if (!code || !suits(code)) {
    diagnostics.error(
      'T011',
      node.span,
      `no ${node.kind} has the code \`${node.run}\``,
      'no code',
      didYouMean(
        node.run,
        sameKind.map((c) => c.type),
        `${node.kind}s`,
      ),
    )
    return
  }
  checkParameters(node, code.fields, syntax, diagnostics)
  const { driver } = options
  if (driver && node.kind !== 'sink' && !driver.guarantees.includes(node.guarantee)) {
    diagnostics.error(
      'T024',
      node.span,
      `the driver ${driver.name} cannot give ${node.guarantee}, which \`${node.name}\` asks for`,
      node.guarantee,
      'choose the driver wire or librdkafka, or set STONKS_GUARANTEE=at_least_once',
    )
  }
  checkCalls(node, code, diagnostics)
  if (code.kind === 'flow') {
    checkFlowNode(node, code, draft.name, topics, diagnostics)
    return
  }
  checkNoWindow(node, diagnostics)
  const counts = new Map(node.from.map((name) => [name, draft.topics[name]?.partitions ?? 0]))
  if (node.kind === 'processor' && new Set(counts.values()).size > 1) {
    const list = [...counts].map(([name, n]) => `${name} has ${n}`).join(', ')
    diagnostics.error(
      'T021',
      node.span,
      `the inputs of \`${node.name}\` are not co-partitioned: ${list}`,
      'inputs differ',
      'give them the same number of partitions, or read the smaller one under `broadcast:`',
    )
  }
}

function checkParameters(node: CheckedNode, fields: Fields, syntax: SyntaxNode, diagnostics: Diagnostics): void {
  for (const [name, value] of Object.entries(node.config)) {
    const place = parameterPlace(syntax, node.name, name)
    const f = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!f) {
      diagnostics.error(
        'T014',
        place?.keySpan ?? node.span,
        `\`${node.run}\` has no parameter \`${name}\``,
        'unknown parameter',
        didYouMean(name, Object.keys(fields), 'parameters'),
      )
      continue
    }
    if (value === '' && f.default !== undefined) continue
    try {
      f.parse(value)
    } catch (error) {
      diagnostics.error(
        'T014',
        place?.value.span ?? node.span,
        `\`${name}\` of \`${node.name}\` is ${JSON.stringify(value)}, expected ${(error as Error).message}`,
        'wrong parameter',
        f.doc,
      )
    }
  }
  for (const [name, f] of Object.entries(fields)) {
    if (f.default === undefined && !(name in node.config))
      diagnostics.error(
        'T014',
        node.span,
        `\`${node.name}\` needs the parameter \`${name}\``,
        'parameter missing',
        `with: { ${name}: … }  ${f.doc}`,
      )
  }
}

function parameterPlace(syntax: SyntaxNode, node: string, parameter: string): MapEntry | undefined {
  if (syntax.kind !== 'map') return undefined
  for (const section of ['processors', 'sources', 'sinks']) {
    let at: SyntaxNode | undefined = syntax.entries.get(section)?.value
    for (const key of [node, 'with']) at = at?.kind === 'map' ? at.entries.get(key)?.value : undefined
    const found = at?.kind === 'map' ? at.entries.get(parameter) : undefined
    if (found) return found
  }
  return undefined
}

/** No loop but the declared ones; every topic that is read is written by somebody. */
function checkFlow(draft: Draft, t: TopologyFile, diagnostics: Diagnostics): void {
  const nodes = Object.values(draft.nodes)
  const cycle = findCycle(nodes)
  if (cycle) {
    const [first] = cycle
    const span = draft.nodes[first ?? '']?.span ?? t.span
    diagnostics.error(
      'T020',
      span,
      `cycle: ${[...cycle, first].join(' -> ')}`,
      'part of a cycle',
      'a loop meant to be one names the topic that closes it under `feedback:`',
    )
  }
  const bridged = new Set(draft.bridges.map((b) => b.topic))
  for (const node of unreachedNodes(nodes, bridged))
    diagnostics.warning(
      'T044',
      node.span,
      `no record can come to \`${node.name}\`: all it reads is written by nodes that none can come to`,
      'nothing reaches it',
      'let it, or one it reads from, read what a source or another system writes',
    )
  const written = new Set(nodes.flatMap((n) => n.to))
  for (const node of nodes) {
    for (const name of [...node.from, ...node.broadcast, ...Object.values(node.tables)]) {
      if (written.has(name) || bridged.has(name)) continue
      diagnostics.warning(
        'T025',
        node.span,
        `\`${node.name}\` reads \`${name}\`, which nothing here writes`,
        'reads a topic without writer',
        'fine where another system writes it',
      )
    }
  }
}
