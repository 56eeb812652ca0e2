import { decodeTaskMetadata } from '../../task/task-metadata.ts'
import type { SimBroker } from '../broker/sim-broker.ts'
import { visible } from './visible.ts'

const READERS = [
  { group: 'g.map', topic: 'g.in', broadcast: undefined },
  { group: 'g.count', topic: 'g.mid', broadcast: undefined },
  { group: 'g.enrich', topic: 'g.out', broadcast: 'g.ticks' },
  { group: 'g.deliver', topic: 'g.final', broadcast: undefined },
]

/** What is not read and committed by those who have to; nothing when all is done. */
export function unfinished(broker: SimBroker, inputs: number): readonly string[] {
  const fed = new Set(visible(broker, 'g.in').map(({ text }) => text)).size
  if (fed < inputs) return [`feed stands at ${fed} of ${inputs}`]
  return READERS.flatMap(({ group, topic, broadcast }) =>
    broker.partitionsOf(topic).flatMap(({ at }) => {
      const committed = broker.group(group).offsets.get(`${topic}-${at.partition}`)?.committed
      const behind = unread(broker, group, topic, at.partition, committed?.offset)
      if (broadcast === undefined) return behind
      // How far a task is in a broadcast topic lies beside its own offset.
      const { broadcast: positions } = decodeTaskMetadata(committed?.metadata ?? '')
      const shared = broker.partitionsOf(broadcast).flatMap(({ at: { partition } }) => {
        const position = positions.get(`${broadcast}-${partition}`)
        return unread(broker, `${group} task ${at.partition}`, broadcast, partition, position)
      })
      return [...behind, ...shared]
    }),
  )
}

function unread(
  broker: SimBroker,
  who: string,
  topic: string,
  partition: number,
  offset: bigint | undefined,
): readonly string[] {
  const log = broker.partition({ topic, partition })
  const left = log.read(Number(offset ?? 0n), 1_000).records.length
  if (left > 0) return [`${who} stands at ${offset ?? 0} of ${topic}-${partition}, ${left} records behind`]
  return log.hasOpen ? [`a transaction stays open in ${topic}-${partition}`] : []
}
