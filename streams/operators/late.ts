import type { ProcessorContext } from '../processor.ts'
import type { Flowing } from './flow-record.ts'
import type { WritableTopic } from './topic.ts'

/** How many of the record's windows were closed when it came, and of how many: `1/1`. */
export const LATE_HEADER = 'late.windows'

/** Hands a record that came too late to the late topic, once, as it was; without one it is dropped. */
export function forwardLate<V>(
  context: ProcessorContext,
  late: WritableTopic<V> | undefined,
  record: Flowing<V>,
  missed: number,
  all: number,
): void {
  if (late === undefined) return
  const headers = { ...record.headers, [LATE_HEADER]: `${missed}/${all}` }
  context.forward({ ...record, topic: late.name, headers })
}
