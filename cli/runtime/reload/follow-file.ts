import { type CheckedTopology, type CheckResult, reloadOf } from '../../../topology/index.ts'
import type { Output } from '../../output.ts'
import type { Settings } from '../../settings.ts'
import { checkFile, diagnosticText } from '../load-topology.ts'
import { watchFiles } from '../watch-files.ts'
import type { RunningNodes } from './running-nodes.ts'

export interface FollowOptions {
  readonly settings: Settings
  readonly topology: CheckedTopology
  /** Names of the nodes that run here. */
  readonly names: readonly string[]
  readonly nodes: RunningNodes
  readonly output: Output
}

/**
 * Keeps running nodes to what the topology file says, one change after the other, until what it gives is called. A file with
 * mistakes, and one of another shape, leave everything as it is and say so.
 */
export function followFile(options: FollowOptions): () => Promise<void> {
  const { settings, nodes, names, output } = options
  let { topology } = options
  let work = Promise.resolve()
  const look = async (): Promise<void> => {
    const checked = checkFile(settings.topologyFile, settings)
    watched.also(checked.sources.keys())
    if (!checked.ok) return tellBroken(checked, settings, output)
    const next = checked.topology
    const reload = reloadOf(topology, next, names)
    if (reload.kind === 'shape') {
      output.error(`the shape changed (${reload.changed.join(', ')}): the topology of before goes on`)
      output.error('  = help: stonks plan, stonks apply, then start again')
    }
    if (reload.kind !== 'parameters') return
    const before = topology
    topology = next
    for (const node of reload.nodes) await restart(node, before, next)
  }
  const restart = async (node: string, before: CheckedTopology, next: CheckedTopology): Promise<void> => {
    try {
      await nodes.restart(node, next)
      output.note(`${node} was drained, and runs with what the file says now`)
    } catch (error) {
      output.error(`stonks: ${node} does not start with what the file says now: ${(error as Error).message}`)
      await nodes.start(node, before)
      output.error(`  = help: it runs with what the file said before; mend the file`)
      topology = {
        ...topology,
        nodes: { ...topology.nodes, [node]: before.nodes[node] ?? topology.nodes[node] },
      } as CheckedTopology
    }
  }
  const watched = watchFiles(checkFile(settings.topologyFile, settings).sources.keys(), () => {
    work = work.then(look).catch((error: unknown) => output.error(`stonks: ${(error as Error).message}`))
  })
  return async () => {
    watched.close()
    await work
  }
}

function tellBroken(checked: CheckResult, settings: Settings, output: Output): void {
  for (const diagnostic of checked.diagnostics) output.error(`${diagnosticText(diagnostic, checked)}\n`)
  const count = checked.diagnostics.filter(({ severity }) => severity === 'error').length
  output.error(`${count} mistake${count === 1 ? '' : 's'} in ${settings.topologyFile}: the topology of before goes on`)
}
