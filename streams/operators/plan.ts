import { StreamsError } from '../errors.ts'
import type { RepartitionOptions } from './dsl.ts'
import type { FlowNode } from './flow-node.ts'

/** A topic between parts of a flow. */
export interface InternalTopic extends RepartitionOptions {
  /** As it is named by whoever builds the flow; parts of the flow are named after it. */
  readonly label: string
  /** In the topology, `<processor>.<label>.repartition`. */
  readonly name: string
}

/** What a flow consists of as it is built: nodes upstream first, and the topics between its parts. */
export class FlowPlan {
  readonly processor: string
  readonly nodes: FlowNode[] = []
  readonly internal = new Map<string, InternalTopic>()
  readonly #stores = new Set<string>()

  constructor(processor: string) {
    this.processor = processor
  }

  /** Throws TOPOLOGY_INVALID where a store has two owners. */
  add<O>(node: FlowNode<O>): FlowNode<O> {
    for (const store of node.stores) {
      if (this.#stores.has(store))
        throw this.#invalid(`the store ${store} belongs to another operator already; give each one of its own`)
      this.#stores.add(store)
    }
    this.nodes.push(node)
    return node
  }

  /** Throws TOPOLOGY_INVALID where the name is taken. */
  internalTopic(label: string, options: RepartitionOptions = {}): InternalTopic {
    const topic = { ...options, label, name: `${this.processor}.${label}.repartition` }
    if (this.internal.has(topic.name)) throw this.#invalid(`two repartition topics are named ${label}`)
    this.internal.set(topic.name, topic)
    return topic
  }

  #invalid(message: string): StreamsError {
    return new StreamsError('TOPOLOGY_INVALID', `${this.processor}: ${message}`, { node: this.processor })
  }
}
