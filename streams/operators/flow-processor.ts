import type { Processor, ProcessorContext } from '../processor.ts'
import type { FlowNode } from './flow-node.ts'
import type { Receive } from './flow-record.ts'

/** The operators of one sub-topology as a processor. `nodes` stand upstream first. */
export function flowProcessor(nodes: readonly FlowNode[]): Processor {
  const bySource = new Map<string, Receive<unknown>[]>()
  return {
    init(context) {
      openAll(nodes, context, bySource)
    },
    process({ topic, key, value, timestampMs, headers }) {
      const record = { key, value, timestampMs, headers }
      for (const receive of bySource.get(topic) ?? []) receive(record)
    },
  }
}

/** Downstream first, so that whoever emits has somebody to emit to. */
function openAll(
  nodes: readonly FlowNode[],
  context: ProcessorContext,
  bySource: Map<string, Receive<unknown>[]>,
): void {
  const readers = new Map<FlowNode, Receive<unknown>[]>()
  for (const node of nodes.toReversed()) {
    const receivers = node.open(context, fanOut(readers.get(node) ?? []))
    for (const [i, input] of [...node.inputs.entries()].toReversed()) {
      const receive = receivers[i]
      if (receive !== undefined) readers.set(input, [receive, ...(readers.get(input) ?? [])])
    }
    const first = receivers[0]
    if (node.from !== undefined && first !== undefined)
      bySource.set(node.from, [first, ...(bySource.get(node.from) ?? [])])
  }
}

function fanOut(receivers: readonly Receive<unknown>[]): Receive<unknown> {
  const [only] = receivers
  if (only === undefined) return () => {}
  if (receivers.length === 1) return only
  return (record) => {
    for (const receive of receivers) receive(record)
  }
}
