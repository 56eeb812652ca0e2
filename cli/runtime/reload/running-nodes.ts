import { join } from 'node:path'
import type { CheckedTopology } from '../../../topology/index.ts'
import { closeAll } from '../close-all.ts'
import { openSystem, type System, type SystemOptions } from '../system.ts'

const DRAIN_MS = 10_000

/** What all nodes share; each is opened with the topology it runs by. */
export type NodeOptions = Omit<SystemOptions, 'topology' | 'keep' | 'stateDir'>

/**
 * Nodes of a topology, each an application of its own, so that one can be drained and begun again without the others
 * noticing: their groups, tasks and stores stay.
 */
export class RunningNodes {
  readonly #options: NodeOptions
  readonly #systems = new Map<string, System>()
  readonly #ended = Promise.withResolvers<void>()
  #isClosed = false

  constructor(options: NodeOptions) {
    this.#options = options
    this.#ended.promise.catch(() => {})
  }

  /** Rejects when a node fails for good. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** One after the other: the first notes the id of this process for all. */
  async startAll(nodes: readonly string[], topology: CheckedTopology): Promise<void> {
    for (const node of nodes) await this.start(node, topology)
  }

  async start(node: string, topology: CheckedTopology): Promise<void> {
    if (this.#isClosed) return
    const { settings } = this.#options
    const system = await openSystem({
      ...this.#options,
      topology,
      keep: ({ name }) => name === node,
      // A local copy of stores has one owner, and each node is one here.
      stateDir: join(settings.dataFolder, 'nodes', node),
    })
    this.#systems.set(node, system)
    try {
      await system.application.start()
    } catch (error) {
      this.#systems.delete(node)
      await system.close(0).catch(() => {})
      throw error
    }
    const { application } = system
    application.whenEnded().catch((error: unknown) => {
      if (this.#systems.get(node) === system) this.#ended.reject(error)
    })
  }

  /** Finishes what the node has in hand, commits, and begins again where that ended, with what `topology` says of it. */
  async restart(node: string, topology: CheckedTopology): Promise<void> {
    const before = this.#systems.get(node)
    this.#systems.delete(node)
    await before?.close(DRAIN_MS)
    await this.start(node, topology)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const systems = [...this.#systems.values()]
    this.#systems.clear()
    // Side by side: each takes as long as what it has in hand.
    const closed = await Promise.allSettled(systems.map((system) => system.close(DRAIN_MS)))
    await closeAll(
      closed.map((one) => async () => (one.status === 'rejected' ? Promise.reject(one.reason) : undefined)),
    )
  }
}
