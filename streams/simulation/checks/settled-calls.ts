import type { SimBroker } from '../broker/sim-broker.ts'
import type { InputValue, SettledCalls } from '../subject/subject-ports.ts'
import { contentOf, visible } from './visible.ts'

/** What of the answers to `map` counts for good at this moment. */
export function settledCalls(broker: SimBroker): SettledCalls {
  const done = visible(broker, 'g.mid').map((record) => contentOf<InputValue>(record).id)
  const paid = visible(broker, 'g.map.answers.changelog').map(({ key }) => Number(key.slice(1)))
  return { done: new Set(done), paid: new Set(paid) }
}
