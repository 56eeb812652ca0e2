import { type Database, keepLag, type LagMinute } from '../../../api/app.ts'
import { type EngineLogger, LAG_STATUSES, type LagCollector, type PartitionLag } from '../../../streams/index.ts'

const EVERY_MS = 30_000

/** Keeps the history of lag in the database until it is told to stop; a database that is away costs some minutes of it. */
export function recordLag(lag: LagCollector, database: Database, logger: EngineLogger): () => Promise<void> {
  let work = Promise.resolve()
  const once = async (): Promise<void> => {
    try {
      await keepLag(database, minutesOf(await lag.collect()), new Date())
    } catch (error) {
      logger.warn({ error: String(error) }, 'the history of lag was not written')
    }
  }
  const timer = setInterval(() => {
    work = work.then(once)
  }, EVERY_MS).unref()
  return async () => {
    clearInterval(timer)
    await work
  }
}

/** Of each group and topic: records together, the oldest age, the worst status. */
export function minutesOf(lags: readonly PartitionLag[]): readonly LagMinute[] {
  return [...Map.groupBy(lags, ({ group, at }) => `${group} ${at.topic}`).values()].flatMap((of): LagMinute[] => {
    const [first] = of
    if (first === undefined) return []
    const ages = of.flatMap(({ behindMs }) => behindMs ?? [])
    const worst = Math.max(...of.map(({ status }) => LAG_STATUSES.indexOf(status)))
    return [
      {
        group: first.group,
        topic: first.at.topic,
        lagRecords: of.reduce((sum, { records }) => sum + records, 0n),
        behindMs: ages.length === 0 ? undefined : Math.round(Math.max(...ages)),
        status: LAG_STATUSES[worst] ?? 'ok',
      },
    ]
  })
}
