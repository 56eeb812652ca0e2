import type { CommitBatch } from '../../port.ts'
import { WireConsumer } from '../consumer/consumer.ts'
import { type GroupIdentity, memberless } from '../consumer/group-offsets.ts'
import { memberGone } from '../failures.ts'
import { otherDriver } from '../settings.ts'

/** As whom a batch's offsets are committed. @throws StreamsError PRODUCER_FENCED where the consumer holds nothing now */
export function committerOf({ consumer, groupId }: CommitBatch): GroupIdentity {
  if (consumer === undefined) return memberless(groupId)
  if (!(consumer instanceof WireConsumer)) throw otherDriver()
  const { identity } = consumer
  if (identity === undefined) throw memberGone(`committing offsets of ${groupId}`)
  return identity
}
