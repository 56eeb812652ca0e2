import type { Clock } from '../../clock.ts'
import { StreamsError } from '../../errors.ts'
import { type BrokerCode, BrokerError } from '../broker/broker-error.ts'
import type { SimBroker } from '../broker/sim-broker.ts'
import type { Network } from '../world/network.ts'
import type { SimProcess } from '../world/sim-process.ts'
import type { World } from '../world/world.ts'

const RETRY_MS = 40

const FENCED: ReadonlySet<BrokerCode> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'INVALID_TXN_STATE',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
])

/** One process's way to the broker. */
export class SimClient {
  readonly world: World
  readonly process: SimProcess
  readonly clock: Clock
  readonly broker: SimBroker
  readonly #network: Network

  constructor(ports: { world: World; process: SimProcess; network: Network; broker: SimBroker }) {
    this.world = ports.world
    this.process = ports.process
    this.broker = ports.broker
    this.#network = ports.network
    this.clock = ports.world.clockOf(ports.process)
  }

  /** One request. Rejects with a BrokerError. */
  call<T>(api: string, handle: (broker: SimBroker) => T | Promise<T>, timeoutMs?: number): Promise<T> {
    return this.#network.call(this.process, api, () => handle(this.broker), timeoutMs)
  }

  /** The same request again and again, until it is answered for good or so much time is over. */
  async retry<T>(api: string, handle: (broker: SimBroker) => T | Promise<T>, forMs: number): Promise<T> {
    const untilMs = this.world.nowMs + forMs
    for (;;) {
      try {
        return await this.call(api, handle)
      } catch (error) {
        if (!(error instanceof BrokerError) || !error.isRetriable || this.world.nowMs >= untilMs) throw error
        await this.clock.sleep(RETRY_MS)
      }
    }
  }
}

/** Names a failure as the port does: by what can be done about it. */
export function toStreamsError(error: unknown, doing: string): unknown {
  if (!(error instanceof BrokerError)) return error
  const { code } = error
  if (FENCED.has(code)) return new StreamsError('PRODUCER_FENCED', `${doing}: replaced (${code})`, {}, error)
  if (code === 'UNKNOWN_TOPIC_OR_PARTITION') return new StreamsError('TOPIC_MISSING', `${doing}: ${code}`, {}, error)
  if (code === 'OFFSET_OUT_OF_RANGE') return new StreamsError('INVALID_STATE', `${doing}: ${code}`, {}, error)
  return new StreamsError('LOG_UNAVAILABLE', `${doing}: ${code}`, {}, error)
}

/** Rejects as the port promises. */
export async function naming<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw toStreamsError(error, doing)
  }
}
