import type { CommittedOffset, LogDriver } from '../../log/port.ts'
import { partitionKey } from '../../record.ts'

/** Where tasks begin: what their group committed, and the log's first offsets where nothing was. */
export interface TaskStart {
  readonly committed: ReadonlyMap<string, CommittedOffset>
  readonly starts: ReadonlyMap<string, bigint>
}

export async function loadTaskStart(driver: LogDriver, groupId: string, topics: readonly string[]): Promise<TaskStart> {
  const admin = await driver.admin()
  try {
    const committed = await admin.committedOffsets(groupId, topics)
    const starts = new Map<string, bigint>()
    for (const topic of topics) {
      const offsets = await admin.startOffsets(topic)
      for (const [partition, offset] of offsets.entries()) starts.set(partitionKey({ topic, partition }), offset)
    }
    return { committed, starts }
  } finally {
    await admin.close()
  }
}
