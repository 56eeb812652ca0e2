import { type AvroRecord, type Company, jsonCodec, loadAvroSchemas } from '../../schemas/index.ts'
import { type Clock, defineSource } from '../../streams/index.ts'

/** A change of the registry on its way to the topic; `record` null is a company taken away. */
export interface OutboxChange {
  /** Grows with every change. */
  readonly seq: string
  readonly company_id: string
  readonly record: unknown
}

export interface OutboxPorts {
  /** The oldest changes not yet published, in order. */
  readonly takeOutbox: (limit: number) => Promise<readonly OutboxChange[]>
  readonly markPublished: (changes: readonly OutboxChange[]) => Promise<void>
  readonly clock: Clock
}

const STORE = 'registry_position'
const KEY = 'seq'
const BATCH = 500
const EVERY_MS = 2_000

/**
 * Publishes changes of the symbol registry. How far it came is committed with the records, so each change is published
 * once; it is struck off in the database only after that commit.
 */
export const outboxSource = defineSource<Record<never, never>, OutboxPorts>({
  type: 'registry',
  summary: 'Publishes changes of the symbol registry.',
  records: { writes: [{ schema: 'Company' }] },
  fields: {},
  create: (_config, ports) => {
    const codec = jsonCodec(loadAvroSchemas().get('Company') as AvroRecord)
    let askAtMs = Number.NEGATIVE_INFINITY
    return {
      async poll(context) {
        if (ports.clock.now() < askAtMs) return 'idle'
        const position = BigInt(context.store<string>(STORE).get(KEY) ?? '0')
        const changes = await ports.takeOutbox(BATCH)
        const done = changes.filter((change) => BigInt(change.seq) <= position)
        const fresh = changes.filter((change) => BigInt(change.seq) > position)
        if (done.length > 0) await ports.markPublished(done)
        for (const { company_id, record } of fresh) {
          const value = record === null ? undefined : (codec.fromJson(record) as Company)
          context.forward({ key: company_id, value, timestampMs: ports.clock.now() })
        }
        const last = fresh.at(-1)
        if (last) context.store<string>(STORE).put(KEY, last.seq)
        askAtMs = changes.length > 0 ? Number.NEGATIVE_INFINITY : ports.clock.now() + EVERY_MS
        return fresh.length > 0 ? 'more' : 'idle'
      },
    }
  },
})
