import type { AbortedTransaction, FetchedRecord } from './internals.ts'

/** Key of the marker that ends an aborted transaction: version 0, type 0. */
const ABORT_MARKER = Buffer.from([0, 0, 0, 0])

/**
 * What a reader of committed data may see of one fetched partition: no markers, nothing of aborted transactions.
 * Brokers list aborted transactions in the order of their markers; a transaction counts from its own first offset on,
 * whatever stands before it in that list, so they are kept per producer and sorted.
 */
export function committedOnly(
  records: readonly FetchedRecord[],
  aborted: readonly AbortedTransaction[] | null,
): readonly FetchedRecord[] {
  const starts = startsByProducer(aborted ?? [])
  const open = new Set<string>()
  return records.filter((record) => {
    const producer = record.batchContext?.producerId ?? ''
    const next = starts.get(producer)?.[0]
    if (next !== undefined && BigInt(record.offset) >= next) {
      starts.get(producer)?.shift()
      open.add(producer)
    }
    if (record.isControlRecord) {
      if (record.key !== null && ABORT_MARKER.equals(record.key.subarray(0, 4))) open.delete(producer)
      return false
    }
    return !(record.batchContext?.inTransaction && open.has(producer))
  })
}

function startsByProducer(aborted: readonly AbortedTransaction[]): Map<string, bigint[]> {
  const starts = new Map<string, bigint[]>()
  for (const { producerId, firstOffset } of aborted) {
    const known = starts.get(producerId) ?? []
    known.push(BigInt(firstOffset))
    starts.set(producerId, known)
  }
  for (const list of starts.values()) list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return starts
}
