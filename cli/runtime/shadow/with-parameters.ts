import { parseConfig } from '../../../streams/index.ts'
import type { CheckedTopology } from '../../../topology/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import { catalog } from '../catalog.ts'

/**
 * The topology with other parameters of one processor, `name=value` each; values are JSON, or text where they are none.
 * @throws CommandError where its code does not take them
 */
export function withParameters(
  topology: CheckedTopology,
  processor: string,
  pairs: readonly string[],
): CheckedTopology {
  const node = topology.nodes[processor]
  if (node === undefined || pairs.length === 0) return topology
  const config = { ...node.config, ...Object.fromEntries(pairs.map(pairOf)) }
  const component = catalog[node.run]
  try {
    if (component !== undefined) parseConfig(component, config)
  } catch (error) {
    throw new CommandError(EXIT.usage, `--with: ${(error as Error).message}`, `stonks explain ${node.run}`)
  }
  return { ...topology, nodes: { ...topology.nodes, [processor]: { ...node, config } } }
}

function pairOf(pair: string): readonly [string, unknown] {
  const [, name, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
  if (name === undefined || text === undefined)
    throw new CommandError(EXIT.usage, `--with is ${JSON.stringify(pair)}`, 'it takes name=value')
  try {
    return [name, JSON.parse(text)]
  } catch {
    return [name, text]
  }
}
