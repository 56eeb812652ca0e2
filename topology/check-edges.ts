import type { Catalog, RecordKind } from '../streams/index.ts'
import type { CheckedNode, Draft } from './checked.ts'
import { type Diagnostics, didYouMean, type Span } from './diagnostic.ts'
import type { TopologyFile } from './grammar.ts'
import type { Located } from './shape.ts'

type Way = 'reads' | 'writes'
/**
 * Why code cannot read or write a schema of the topology's folder, by Avro's resolution rules between that version and the one
 * it was built with; undefined where it can.
 */
export type SchemaProblem = (edge: {
  readonly directory: string
  readonly schema: string
  readonly way: Way
}) => string | undefined

/** Code gets the records it was written for: topics hold them, and its version of a schema and theirs resolve. */
export function checkEdges(
  draft: Draft,
  t: TopologyFile,
  catalog: Catalog,
  problem: SchemaProblem | undefined,
  diagnostics: Diagnostics,
): void {
  for (const node of Object.values(draft.nodes)) {
    const records = catalog[node.run]?.records
    if (records === undefined) continue
    const check = (topic: string, kinds: readonly RecordKind[], way: Way, place: Span): void =>
      checkEdge({ node, topic, kinds, way, place }, draft, problem, diagnostics)
    const places = placesOf(t, node)
    if (records.reads)
      for (const topic of [...node.from, ...node.broadcast]) check(topic, records.reads, 'reads', places(topic))
    if (records.writes) for (const topic of node.to) check(topic, records.writes, 'writes', places(topic))
    for (const [alias, topic] of Object.entries(records.tables === undefined ? {} : node.tables)) {
      const schema = records.tables?.[alias]
      if (schema !== undefined) check(topic, [{ schema }], 'reads', places(topic))
      else
        diagnostics.error(
          'T043',
          places(topic),
          `the code \`${node.run}\` asks for no table \`${alias}\``,
          'never read',
          didYouMean(alias, Object.keys(records.tables ?? {}), 'tables'),
        )
    }
  }
}

interface Edge {
  readonly node: CheckedNode
  readonly topic: string
  readonly kinds: readonly RecordKind[]
  readonly way: Way
  readonly place: Span
}

function checkEdge(
  { node, topic, kinds, way, place }: Edge,
  draft: Draft,
  problem: SchemaProblem | undefined,
  diagnostics: Diagnostics,
): void {
  const directory = draft.schemaDirectory
  const schema = draft.topics[topic]?.schema ?? ''
  const known = kinds.filter((kind) => kind.schema === schema)
  const [{ topic: elsewhere } = {}] = known
  if (known.some((kind) => kind.topic === undefined || kind.topic === topic)) {
    const reason = problem?.({ directory, schema, way })
    if (reason === undefined) return
    const verb = way === 'reads' ? 'cannot read' : 'cannot write'
    const message = `\`${node.name}\` ${verb} \`${topic}\`: its ${schema} and that of ${directory} differ: ${reason}`
    const help = 'give fields that one of them lacks a default'
    diagnostics.error('T043', place, message, 'schemas that do not resolve', help)
  } else if (elsewhere !== undefined) {
    const message = `the code \`${node.run}\` knows ${schema} by the topic \`${elsewhere}\`, and not by \`${topic}\``
    diagnostics.error('T043', place, message, 'not the topic it knows', `name the topic \`${elsewhere}\``)
  } else {
    const names = [...new Set(kinds.map((kind) => kind.schema))]
    const message = `the code \`${node.run}\` ${way} ${names.join(', ') || 'nothing'}; \`${topic}\` holds ${schema}`
    diagnostics.error('T043', place, message, `holds ${schema}`, helpOf(names, draft))
  }
}

function helpOf(schemas: readonly string[], draft: Draft): string {
  const topics = Object.values(draft.topics).filter(({ schema }) => schemas.includes(schema))
  if (topics.length === 0) return 'no topic of this file holds what it does'
  return `topics that would do: ${topics.map(({ name }) => name).join(', ')}`
}

/** Where a node names a topic; the node itself where a bridge made it. */
function placesOf(t: TopologyFile, node: CheckedNode): (topic: string) => Span {
  const entry = (t.processors.get(node.name) ?? t.sources?.get(node.name) ?? t.sinks?.get(node.name))?.value
  if (entry === undefined) return () => node.span
  const located: Located<string>[] = []
  if ('from' in entry) located.push(...(entry.from ?? []))
  if ('broadcast' in entry) located.push(...(entry.broadcast ?? []))
  if ('tables' in entry) located.push(...[...(entry.tables?.values() ?? [])].map(({ value }) => value))
  if ('to' in entry && Array.isArray(entry.to)) located.push(...entry.to)
  return (topic) => located.find(({ value }) => value === topic)?.span ?? node.span
}
