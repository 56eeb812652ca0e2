import type { Graph, Serde, SinkThread } from '../../streams/index.ts'
import { type CheckedNode, type CheckedTopology, compileTopology } from '../../topology/index.ts'
import { CommandError, EXIT } from '../output.ts'
import { makeFlow, makeProcessor, makeSink, makeSource, type NodePorts } from './catalog.ts'

/** The graph with its code, as the engine runs it; a sink that `onThread` gives runs there. */
export function assembleGraph(
  topology: CheckedTopology,
  serdes: ReadonlyMap<string, Serde>,
  ports: NodePorts,
  onThread: (node: CheckedNode) => ReturnType<SinkThread['sink']> | undefined,
): Graph {
  return compileTopology(topology, {
    processor: (run, config) => makeProcessor(run, config, ports),
    flow: makeFlow,
    source: (run, config, node) => makeSource(run, config, ports, node),
    sink: (run, config, node) => onThread(node) ?? makeSink(run, config, ports, node),
    serde(_schema, topic) {
      const serde = serdes.get(topic)
      if (!serde) throw new CommandError(EXIT.bug, `no serde was opened for ${topic}`)
      return serde
    },
  })
}
