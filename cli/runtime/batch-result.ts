import { createHash } from 'node:crypto'
import type { Account, OrderRequest, Recommendation } from '../../schemas/index.ts'
import type { Graph, LogDriver } from '../../streams/index.ts'

/** What a whole run came to: the last line of `start --exit --json`. */
export interface BatchResult {
  readonly documents: number
  readonly signals: number
  readonly recommendations: number
  readonly orders: number
  readonly executions: number
  readonly final_equity: string | null
  readonly seconds: number
  readonly peak_rss_bytes: number
  readonly recommendations_sha256: string
  readonly orders_sha256: string
}

const BATCH = 5_000
const WAIT_MS = 100

/** Counts and hashes of a finished run, read back from its log. Ids are hashed in sorted order, one a line. */
export async function readBatchResult(driver: LogDriver, graph: Graph, seconds: number): Promise<BatchResult> {
  const counts = async (name: string): Promise<number> => {
    let count = 0
    for await (const _ of valuesOf(driver, graph, name)) count += 1
    return count
  }
  const ids = async <V>(name: string, id: (value: V) => string): Promise<ReadonlySet<string>> => {
    const found = new Set<string>()
    for await (const value of valuesOf<V>(driver, graph, name)) found.add(id(value))
    return found
  }
  const recommendations = await ids<Recommendation>('recommendations', (r) => r.recommendation_id)
  const orders = await ids<OrderRequest>('orders', (o) => o.client_order_id)
  let equity: string | null = null
  for await (const account of valuesOf<Account>(driver, graph, 'accounts')) equity = account.equity
  return {
    documents: await counts('documents.raw'),
    signals: await counts('signals'),
    recommendations: recommendations.size,
    orders: orders.size,
    executions: await counts('executions'),
    final_equity: equity,
    seconds,
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    recommendations_sha256: hashOf(recommendations),
    orders_sha256: hashOf(orders),
  }
}

const hashOf = (ids: ReadonlySet<string>): string =>
  createHash('sha256')
    .update([...ids].sort().join('\n'))
    .digest('hex')

async function* valuesOf<V>(driver: LogDriver, graph: Graph, name: string): AsyncGenerator<V> {
  const spec = graph.topics[name]
  if (!spec) return
  const admin = await driver.admin()
  const ends = await admin.endOffsets(spec.topic)
  await admin.close()
  const open = ends.flatMap((end, partition) =>
    end > 0n ? [{ at: { topic: spec.topic, partition }, offset: 'earliest' as const }] : [],
  )
  if (open.length === 0) return
  const reader = await driver.reader(open)
  try {
    const missing = new Map(ends.map((end, partition) => [partition, end] as const).filter(([, end]) => end > 0n))
    while (missing.size > 0) {
      const records = await reader.poll(BATCH, WAIT_MS)
      if (records.length === 0) return
      for (const record of records) {
        if (record.offset + 1n >= (missing.get(record.partition) ?? 0n)) missing.delete(record.partition)
        if (record.value) yield (await spec.value.deserialize(record.value)) as V
      }
    }
  } finally {
    await reader.close()
  }
}
