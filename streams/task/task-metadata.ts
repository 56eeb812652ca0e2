/** What a task commits besides offsets and stores; lies in the metadata of its first input partition's offset. */
export interface TaskMetadata {
  readonly streamTimeMs: number
  readonly punctuators: readonly (number | null)[]
  /** Next offset of each broadcast partition, by `partitionKey`: tasks of one process are not equally far. */
  readonly broadcast: ReadonlyMap<string, bigint>
  /** Number of the last change of each store that went to its changelog. */
  readonly changes: ReadonlyMap<string, number>
}

export const NO_METADATA: TaskMetadata = { streamTimeMs: -1, punctuators: [], broadcast: new Map(), changes: new Map() }

export function encodeTaskMetadata(metadata: TaskMetadata): string {
  const broadcast = Object.fromEntries([...metadata.broadcast].map(([key, offset]) => [key, String(offset)]))
  const changes = Object.fromEntries(metadata.changes)
  return JSON.stringify({
    stream_time_ms: metadata.streamTimeMs,
    punctuators: metadata.punctuators,
    broadcast,
    changes,
  })
}

/** Reads what `encodeTaskMetadata` wrote; metadata of other writers counts as none. */
export function decodeTaskMetadata(text: string): TaskMetadata {
  if (!text.startsWith('{"stream_time_ms"')) return NO_METADATA
  const raw = JSON.parse(text) as {
    stream_time_ms: number
    punctuators: (number | null)[]
    broadcast: Record<string, string>
    changes: Record<string, number>
  }
  return {
    streamTimeMs: raw.stream_time_ms,
    punctuators: raw.punctuators,
    changes: new Map(Object.entries(raw.changes)),
    broadcast: new Map(Object.entries(raw.broadcast).map(([key, offset]) => [key, BigInt(offset)])),
  }
}
