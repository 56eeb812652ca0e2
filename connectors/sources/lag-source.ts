import type { ConsumerLag } from '../../schemas/index.ts'
import { type Clock, defineSource, field } from '../../streams/index.ts'

export interface LagPorts {
  /** How far every group is behind now, one for each partition; `measuredAtMs` is what the readings say. */
  readonly readLag: (measuredAtMs: number) => Promise<readonly ConsumerLag[]>
  readonly clock: Clock
}

const STORE = 'lag_measured'
const LAST = 'last'

const fields = {
  every: field.number('Seconds between two readings.', { min: 1, max: 86_400, default: 60 }),
}

/**
 * Lag as facts: at every multiple of `every` a record for each group and partition, once also with two processes and over
 * restarts, since the moment that was told last is kept with what was told.
 */
export const lagSource = defineSource<typeof fields, LagPorts>({
  type: 'lag',
  summary: 'Tells how far consumer groups are behind, a record for each partition.',
  records: { writes: [{ schema: 'ConsumerLag' }] },
  fields,
  create: ({ every }, { readLag, clock }) => ({
    async poll(context) {
      const dueMs = Math.floor(clock.now() / (every * 1000)) * every * 1000
      const told = context.store<number>(STORE)
      if ((told.get(LAST) ?? 0) >= dueMs) return 'idle'
      for (const value of await readLag(dueMs))
        context.forward({ key: `${value.group_id} ${value.topic}-${value.partition}`, value, timestampMs: dueMs })
      told.put(LAST, dueMs)
      return 'idle'
    },
  }),
})
