import type { SimProcess } from '../world/sim-process.ts'
import type { World } from '../world/world.ts'
import { BrokerError } from './broker-error.ts'
import type { Participant, ProducerIdentity, Transaction } from './transaction.ts'

interface Holder {
  readonly transactionalId: string
  readonly producerId: number
  epoch: number
  timeoutMs: number
  current: Transaction | undefined
  /** How the last transaction ended; asked for again, the same end is answered alike. */
  lastDecision: 'commit' | 'abort' | undefined
}

export const CALM_MARKERS_MS = [0.2, 8] as const

/** Delay of each marker. */
export interface MarkerWeather {
  delayMs: readonly [least: number, most: number]
}

/**
 * Transactional ids, their epochs and their transactions. An end is decided first and answered at once; markers follow
 * one by one, and until the last of them is written the id cannot begin another transaction.
 */
export class TransactionCoordinator {
  readonly weather: MarkerWeather = { delayMs: CALM_MARKERS_MS }
  readonly #world: World
  readonly #broker: SimProcess
  readonly #holders = new Map<string, Holder>()
  #lastProducerId = 0

  constructor(world: World, broker: SimProcess) {
    this.#world = world
    this.#broker = broker
  }

  /** A number for a producer without transactions. */
  nextProducerId(): number {
    this.#lastProducerId += 1
    return this.#lastProducerId
  }

  /** Takes over an id: fences whoever had it, and aborts what that left open. Throws CONCURRENT_TRANSACTIONS until it is ended. */
  takeOver(transactionalId: string, timeoutMs: number): ProducerIdentity {
    const holder = this.#holders.get(transactionalId) ?? this.#create(transactionalId)
    if (holder.current !== undefined) {
      if (holder.current.decision === undefined) {
        holder.epoch += 1
        this.#decide(holder, holder.current, 'abort')
      }
      throw new BrokerError('CONCURRENT_TRANSACTIONS')
    }
    holder.epoch += 1
    holder.timeoutMs = timeoutMs
    holder.lastDecision = undefined
    return { producerId: holder.producerId, epoch: holder.epoch }
  }

  /** The transaction that a write there belongs to; it begins with the first. */
  joinedBy(transactionalId: string, identity: ProducerIdentity, participant: Participant): Transaction {
    const transaction = this.#ongoing(this.#holderOf(transactionalId, identity))
    transaction.participants.add(participant)
    return transaction
  }

  end(transactionalId: string, identity: ProducerIdentity, decision: 'commit' | 'abort'): void {
    const holder = this.#holderOf(transactionalId, identity)
    const { current } = holder
    if (current === undefined || current.decision !== undefined) {
      const ended = current?.decision ?? holder.lastDecision
      if (ended !== decision) throw new BrokerError('INVALID_TXN_STATE')
      return
    }
    this.#decide(holder, current, decision)
  }

  #create(transactionalId: string): Holder {
    const holder: Holder = {
      transactionalId,
      producerId: this.nextProducerId(),
      epoch: -1,
      timeoutMs: 0,
      current: undefined,
      lastDecision: undefined,
    }
    this.#holders.set(transactionalId, holder)
    return holder
  }

  #holderOf(transactionalId: string, identity: ProducerIdentity): Holder {
    const holder = this.#holders.get(transactionalId)
    if (holder === undefined || holder.epoch !== identity.epoch) throw new BrokerError('INVALID_PRODUCER_EPOCH')
    return holder
  }

  #ongoing(holder: Holder): Transaction {
    if (holder.current?.decision !== undefined) throw new BrokerError('CONCURRENT_TRANSACTIONS')
    if (holder.current !== undefined) return holder.current
    const transaction: Transaction = {
      identity: { producerId: holder.producerId, epoch: holder.epoch },
      participants: new Set(),
      decision: undefined,
      markersLeft: 0,
    }
    holder.current = transaction
    this.#world.after(holder.timeoutMs, () => this.#timeOut(holder, transaction), this.#broker)
    return transaction
  }

  #timeOut(holder: Holder, transaction: Transaction): void {
    if (transaction.decision !== undefined) return
    this.#world.trace('broker', () => `${holder.transactionalId}: the transaction timed out`)
    holder.epoch += 1
    this.#decide(holder, transaction, 'abort')
  }

  #decide(holder: Holder, transaction: Transaction, decision: 'commit' | 'abort'): void {
    this.#world.trace('broker', () => `${holder.transactionalId}: ${decision}`)
    transaction.decision = decision
    transaction.markersLeft = transaction.participants.size
    for (const one of transaction.participants)
      this.#world.after(this.#delay(), () => this.#mark(holder, transaction, one), this.#broker)
  }

  #mark(holder: Holder, transaction: Transaction, participant: Participant): void {
    participant.mark(transaction)
    transaction.markersLeft -= 1
    if (transaction.markersLeft > 0) return
    holder.current = undefined
    holder.lastDecision = transaction.decision
  }

  #delay(): number {
    // Where markers are late, not all are: what counts for one reader is missing for another.
    const [least, most] = this.#world.random.chance(0.5) ? this.weather.delayMs : CALM_MARKERS_MS
    return least + (most - least) * this.#world.random.next()
  }
}
