import type { Graph } from '../../streams/index.ts'
import { type CheckedTopology, compileTopology } from '../../topology/index.ts'
import { makeFlow } from './catalog.ts'

/** Enough of the graph to ask the log about it: names and topics, nothing that runs. */
export function graphWithoutCode(topology: CheckedTopology): Graph {
  const none = (): never => {
    throw new TypeError('this graph only names things')
  }
  return compileTopology(topology, {
    processor: none,
    flow: makeFlow,
    source: none,
    sink: none,
    serde: () => ({ serialize: none, deserialize: none }),
  })
}
