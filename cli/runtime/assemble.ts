import type { Graph, Serde, SinkThread } from '../../streams/index.ts'
import { type CheckedTopology, compileTopology } from '../../topology/index.ts'
import { CommandError, EXIT } from '../output.ts'
import { makeFlow, makeProcessor, makeSink, makeSource, type NodePorts } from './catalog.ts'
import { isOnThread } from './sink-thread.ts'

/** The graph with its code, as the engine runs it; sinks that are worth it run on the thread, where there is one. */
export function assembleGraph(
  topology: CheckedTopology,
  serdes: ReadonlyMap<string, Serde>,
  ports: NodePorts,
  sinkThread: SinkThread | undefined,
): Graph {
  return compileTopology(topology, {
    processor: (run, config) => makeProcessor(run, config, ports),
    flow: makeFlow,
    source: (run, config, node) => makeSource(run, config, ports, node),
    sink: (run, config, node) =>
      sinkThread !== undefined && isOnThread(run) ? sinkThread.sink(node.name) : makeSink(run, config, ports, node),
    serde(_schema, topic) {
      const serde = serdes.get(topic)
      if (!serde) throw new CommandError(EXIT.bug, `no serde was opened for ${topic}`)
      return serde
    },
  })
}
