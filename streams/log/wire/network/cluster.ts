import type { KafkaConnection } from '../../kafka/connection.ts'
import { topicMissing } from '../../kafka/failures.ts'
import { isPassing } from '../failures.ts'
import type { Api } from '../protocol/api.ts'
import { FIND_COORDINATOR, METADATA, NO_UUID } from '../protocol/cluster-messages.ts'
import { BrokerError, check } from '../protocol/error-codes.ts'
import { Backoff } from './backoff.ts'
import { BrokerPool, type Purpose } from './broker-pool.ts'
import { ConnectionError } from './connection-error.ts'
import type { OpenConnection } from './open-connection.ts'

const RETRY_FIRST_MS = 5
const RETRY_MAX_MS = 500

export interface PartitionPlace {
  readonly leaderId: number
  readonly leaderEpoch: number
}

export interface TopicPlace {
  readonly topicId: string
  readonly partitions: readonly PartitionPlace[]
}

interface Address {
  readonly host: string
  readonly port: number
}

export type CoordinatorOf = { readonly group: string } | { readonly transaction: string }

/** What one client knows of the cluster: brokers, leaders, coordinators, and its connections to them. */
export class Cluster {
  readonly brokers: readonly string[]
  readonly #random: () => number
  readonly #pool: BrokerPool
  readonly #nodes = new Map<number, Address>()
  readonly #topics = new Map<string, TopicPlace>()
  readonly #wanted = new Set<string>()
  readonly #coordinators = new Map<string, number>()
  #refreshing: Promise<void> | undefined
  #levels: ReadonlyMap<string, number> = new Map()

  constructor(client: KafkaConnection, random: () => number = Math.random) {
    this.#random = random
    this.brokers = client.brokers
    this.#pool = new BrokerPool(client, random)
  }

  /** Level of a finalised feature, once a broker was asked for anything; 0 where the cluster has none. */
  level(feature: string): number {
    return this.#levels.get(feature) ?? 0
  }

  /** Brokers heard of so far; `refresh` hears of all. */
  get nodeIds(): readonly number[] {
    return [...this.#nodes.keys()]
  }

  backoff(): Backoff {
    return new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS, this.#random)
  }

  /** Asks for leaders, of these topics and all asked for before. Callers at the same time share one request. */
  async refresh(topics: Iterable<string> = []): Promise<void> {
    const before = this.#wanted.size
    for (const topic of topics) this.#wanted.add(topic)
    if (this.#refreshing !== undefined && this.#wanted.size > before) await this.#refreshing.catch(() => undefined)
    this.#refreshing ??= this.#ask().finally(() => {
      this.#refreshing = undefined
    })
    await this.#refreshing
  }

  knows(topic: string): boolean {
    return this.#topics.has(topic)
  }

  /** Where a topic's partitions are, as it was known last. @throws StreamsError TOPIC_MISSING */
  topic(name: string): TopicPlace {
    const place = this.#topics.get(name)
    if (place === undefined) throw topicMissing(name)
    return place
  }

  topicOfId(topicId: string): string | undefined {
    for (const [name, place] of this.#topics) if (place.topicId === topicId) return name
    return undefined
  }

  /** @throws BrokerError of kind `moved` where there is none just now; StreamsError TOPIC_MISSING */
  leaderOf(topic: string, partition: number): PartitionPlace {
    const place = this.topic(topic).partitions[partition]
    if (place === undefined) throw topicMissing(`${topic}, partition ${partition}`)
    if (place.leaderId < 0) throw new BrokerError(5, `${topic}, partition ${partition}`)
    return place
  }

  /** One request to one broker. */
  async request<Q, A>(nodeId: number, purpose: Purpose, api: Api<Q, A>, body: Q, timeoutMs?: number): Promise<A> {
    return this.#pool.request(await this.#node(nodeId, purpose), api, body, timeoutMs)
  }

  /** One request to any broker that answers. */
  ask<Q, A>(api: Api<Q, A>, body: Q): Promise<A> {
    return this.#anyBroker((broker) => this.#pool.request(broker, api, body))
  }

  /**
   * One request to whoever coordinates a group or a transaction, repeated until `untilMs` while that can help.
   *
   * With `once` the request changes something that must not be guessed at: it is not repeated after a lost answer, and where
   * it was repeated after an error, its last failure does not tell what became of the first. Both are a ConnectionError
   * that says `sent`.
   */
  async askCoordinator<Q, A>(
    of: CoordinatorOf,
    api: Api<Q, A>,
    body: Q,
    options: {
      readonly untilMs: number
      readonly codes: (answer: A) => Iterable<number>
      readonly timeoutMs?: number
      readonly purpose?: Purpose
      readonly once?: boolean
    },
  ): Promise<A> {
    const backoff = this.backoff()
    for (let reached = false; ; ) {
      try {
        const nodeId = await this.#coordinator(of)
        const answer = await this.request(nodeId, options.purpose ?? 'requests', api, body, options.timeoutMs)
        for (const code of options.codes(answer)) check(code, api.name)
        return answer
      } catch (error) {
        const isLost = error instanceof ConnectionError
        if (isLost || kindOf(error) === 'moved') this.#coordinators.delete(nameOf(of))
        const isFinal = !isPassing(error) || kindOf(error) === 'abort' || performance.now() >= options.untilMs
        if (isFinal && options.once && reached)
          throw new ConnectionError(`${api.name}: ${messageOf(error)}`, true, error)
        if (isFinal || (options.once && isLost && error.sent)) throw error
        reached ||= !isLost
        await backoff.wait()
      }
    }
  }

  close(): void {
    this.#pool.close()
  }

  async #ask(): Promise<void> {
    const topics = [...this.#wanted].map((name) => ({ topicId: NO_UUID, name }))
    const body = { topics, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: false }
    const answer = await this.ask(METADATA, body)
    for (const { nodeId, host, port } of answer.brokers) this.#nodes.set(nodeId, { host, port })
    for (const { name, topicId, errorCode, partitions } of answer.topics) {
      if (name === null) continue
      const known = errorCode === 3 ? undefined : placeOf(topicId, partitions)
      if (known === undefined) this.#topics.delete(name)
      else this.#topics.set(name, known)
      if (errorCode !== 3 && errorCode !== 5) check(errorCode, `topic ${name}`)
    }
  }

  async #coordinator(of: CoordinatorOf): Promise<number> {
    const name = nameOf(of)
    const known = this.#coordinators.get(name)
    if (known !== undefined) return known
    const body = 'group' in of ? { key: of.group, keyType: 0 } : { key: of.transaction, keyType: 1 }
    const answer = await this.ask(FIND_COORDINATOR, body)
    check(answer.errorCode, `coordinator of ${name}`, answer.errorMessage)
    this.#nodes.set(answer.nodeId, { host: answer.host, port: answer.port })
    this.#coordinators.set(name, answer.nodeId)
    return answer.nodeId
  }

  async #node(nodeId: number, purpose: Purpose): Promise<OpenConnection> {
    const address = this.#nodes.get(nodeId)
    if (address === undefined) throw new ConnectionError(`broker ${nodeId} is not known`, false)
    const open = await this.#pool.open(address.host, address.port, purpose)
    this.#levels = open.features.levels
    return open
  }

  /** Known brokers first, then those of the settings, until one answers. */
  async #anyBroker<T>(ask: (broker: OpenConnection) => Promise<T>): Promise<T> {
    const addresses = [...this.#nodes.values(), ...this.brokers.map(addressOf)]
    let failure: unknown = new ConnectionError('no broker is named in the settings', false)
    for (const { host, port } of addresses) {
      try {
        const open = await this.#pool.open(host, port, 'requests')
        this.#levels = open.features.levels
        return await ask(open)
      } catch (error) {
        failure = error
        if (!(error instanceof ConnectionError)) throw error
      }
    }
    throw failure
  }
}

const kindOf = (error: unknown): string | undefined => (error instanceof BrokerError ? error.kind : undefined)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const nameOf = (of: CoordinatorOf): string => ('group' in of ? `group ${of.group}` : `transaction ${of.transaction}`)

function addressOf(text: string): Address {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '')
  if (colon > 0 && Number.isInteger(port) && port > 0 && port < 65_536) return { host, port }
  throw new ConnectionError(`${text} is no address of a broker: host:port is wanted`, false)
}

function placeOf(
  topicId: string,
  partitions: readonly { readonly partition: number; readonly leaderId: number; readonly leaderEpoch: number }[],
): TopicPlace {
  const sorted = [...partitions].sort((a, b) => a.partition - b.partition)
  return { topicId, partitions: sorted.map(({ leaderId, leaderEpoch }) => ({ leaderId, leaderEpoch })) }
}
