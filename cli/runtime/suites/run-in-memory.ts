import { TopologyTestDriver } from '../../../streams/index.ts'
import type { CheckedTopology, Outcome, SuiteCase } from '../../../topology/index.ts'
import { collect } from './collect.ts'
import { suiteGraph } from './suite-graph.ts'

/** A case in memory, with time moved by hand: the same tasks as in a real run, in milliseconds. */
export async function runInMemory(
  topology: CheckedTopology,
  nodes: readonly string[],
  suiteCase: SuiteCase,
): Promise<Outcome> {
  let driver: TopologyTestDriver | undefined
  const clock = { now: () => driver?.wallTimeMs() ?? suiteCase.startMs, sleep: async () => {} }
  const suite = await suiteGraph(topology, { clock, nodes })
  driver = new TopologyTestDriver(suite.graph, { startMs: suiteCase.startMs, nodes: partsOf(suite.graph, nodes) })
  const running = driver
  const until = async (ms: number): Promise<void> => {
    const aheadMs = ms - running.wallTimeMs()
    if (aheadMs > 0) await running.advanceWallTime(aheadMs)
  }
  try {
    for (const step of suiteCase.steps) {
      if (step.kind === 'advance') {
        await running.advanceWallTime(step.ms)
        continue
      }
      const timestampMs = suiteCase.startMs + step.afterMs
      await until(timestampMs)
      const record = { key: step.key, timestampMs }
      if (step.bytes !== undefined) await running.pipeBytes(step.to, step.bytes, record)
      else {
        const value = step.value === undefined ? undefined : suite.toValue(step.to, step.value, timestampMs)
        await running.pipe(step.to, { ...record, value })
      }
    }
    return await collect(suite, suiteCase, {
      read: (topic) => running.read(topic),
      deadLetters: async (node) => partsOf(suite.graph, [node]).flatMap((part) => running.deadLetters(part)),
      stored: (node, store, key) => storedIn(running, suite.graph, node, store, key),
    })
  } finally {
    await running.close()
  }
}

/** A processor that is a flow is several in the graph. */
export function partsOf(
  graph: { readonly nodes: Readonly<Record<string, object>> },
  nodes: readonly string[],
): string[] {
  return Object.entries(graph.nodes).flatMap(([name, node]) => {
    const owner = 'partOf' in node && typeof node.partOf === 'string' ? node.partOf : name
    return nodes.includes(owner) ? [name] : []
  })
}

/** Under whichever partition of the node's parts it is. */
async function storedIn(
  driver: TopologyTestDriver,
  graph: {
    readonly nodes: Readonly<Record<string, object>>
    readonly topics: Readonly<Record<string, { partitions: number }>>
  },
  node: string,
  store: string,
  key: string,
): Promise<unknown> {
  const most = Math.max(...Object.values(graph.topics).map(({ partitions }) => partitions))
  for (const part of partsOf(graph, [node])) {
    for (let partition = 0; partition < most; partition++) {
      const found = await driver.store<unknown>(part, store, partition).catch(() => undefined)
      const value = found?.get(key)
      if (value !== undefined) return value
    }
  }
  return undefined
}
