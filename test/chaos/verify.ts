import { type LogRecord, partitionKey } from '../../streams/index.ts'
import { addTo, contentOf, keyOf, type Total } from './graph.ts'

const TOLD_MAX = 10

/** Committed records of each topic, in the order of each partition. */
export interface Outcome {
  readonly numbers: readonly LogRecord[]
  readonly copies: readonly LogRecord[]
  readonly totals: readonly LogRecord[]
}

/** Everything that is not as it must be, computed anew from the input: what is lost, doubled, out of order or wrong. */
export function violationsOf({ numbers, copies, totals }: Outcome): readonly string[] {
  return [...differences(numbers, copies), ...wrongTotals(copies, totals)]
}

/** Copies are the numbers, in each partition in the same order; one more is as wrong as one less. */
function differences(numbers: readonly LogRecord[], copies: readonly LogRecord[]): readonly string[] {
  const found: string[] = []
  const [wanted, got] = [byPartition(numbers), byPartition(copies)]
  for (const partition of new Set([...wanted.keys(), ...got.keys()])) {
    const [from, to] = [wanted.get(partition) ?? [], got.get(partition) ?? []]
    if (from.length !== to.length) found.push(`copies ${partition}: ${to.length} of ${from.length} numbers`)
    for (const [i, record] of from.entries()) {
      const copy = to[i]
      if (copy === undefined || (keyOf(copy) === keyOf(record) && contentOf(copy) === contentOf(record))) continue
      found.push(`copies ${partition}: ${contentOf(copy)} at ${copy.offset} where ${contentOf(record)} is next`)
      break
    }
  }
  return found.slice(0, TOLD_MAX)
}

/** Every total is the one before with one more number, key by key, and there is one for each copy. */
function wrongTotals(copies: readonly LogRecord[], totals: readonly LogRecord[]): readonly string[] {
  const found: string[] = []
  const told = Map.groupBy(totals, keyOf)
  for (const [key, records] of Map.groupBy(copies, keyOf)) {
    const got = told.get(key) ?? []
    if (got.length !== records.length) found.push(`totals of ${key}: ${got.length} for ${records.length} copies`)
    let total: Total | undefined
    for (const [i, record] of records.entries()) {
      total = addTo(total, contentOf<number>(record))
      const one = got[i]
      if (one === undefined || JSON.stringify(contentOf(one)) === JSON.stringify(total)) continue
      found.push(
        `totals of ${key}: ${JSON.stringify(contentOf(one))} at ${one.offset} instead of ${JSON.stringify(total)}`,
      )
      break
    }
  }
  return found.slice(0, TOLD_MAX)
}

const byPartition = (records: readonly LogRecord[]): ReadonlyMap<string, readonly LogRecord[]> =>
  Map.groupBy(records, (record) => partitionKey({ topic: '', partition: record.partition }))
