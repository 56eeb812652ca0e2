import { type AvroRecord, loadAvroSchemas, openAvroSerde, type SchemaRegistry } from '../../schemas/index.ts'
import type { Graph, Serde } from '../../streams/index.ts'
import { type CheckedNode, type CheckedTopology, compileTopology } from '../../topology/index.ts'
import { CommandError, EXIT } from '../output.ts'
import { makeFlow, makeProcessor, makeSink, makeSource, type NodePorts } from './catalog.ts'

/** Registers the schemas of the topics and opens their serdes, by topic on the log. Subjects are `<topic>-value`. */
export async function openSerdes(
  topology: CheckedTopology,
  registry: SchemaRegistry,
): Promise<ReadonlyMap<string, Serde>> {
  const schemas = loadAvroSchemas(topology.schemaDirectory)
  const entries = Object.values(topology.topics).map(async ({ topic, schema }) => {
    const serde = await openAvroSerde(`${topic}-value`, schemas.get(schema) as AvroRecord, registry)
    return [topic, serde] as const
  })
  return new Map(await Promise.all(entries))
}

/** The graph with its code, as the engine runs it. */
export function assembleGraph(
  topology: CheckedTopology,
  serdes: ReadonlyMap<string, Serde>,
  ports: NodePorts,
  keep?: (node: CheckedNode) => boolean,
): Graph {
  return compileTopology(
    topology,
    {
      processor: (run, config) => makeProcessor(run, config, ports),
      flow: makeFlow,
      source: (run, config, node) => makeSource(run, config, ports, node),
      sink: (run, config, node) => makeSink(run, config, ports, node),
      serde(_schema, topic) {
        const serde = serdes.get(topic)
        if (!serde) throw new CommandError(EXIT.bug, `no serde was opened for ${topic}`)
        return serde
      },
    },
    keep,
  )
}
