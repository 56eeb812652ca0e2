import type { ShadowView } from '../../../api/app.ts'
import type { ShadowDiff } from '../../../api/contract.ts'
import { openClusterOperations, silentLogger } from '../../../streams/index.ts'
import { type CheckedTopology, changedFields, type RecordDifference } from '../../../topology/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import type { Settings } from '../../settings.ts'
import { kafkaOf, openDriver } from '../parts.ts'
import { openRegistry } from '../stores.ts'
import { compareOutputs, type DiffOfTopic, outputsOf, shadowBeginsMs } from './outputs.ts'

/** One answer holds both sides in memory. */
const RECORDS_MAX = 20_000
/** What was just written on one side may not be there on the other yet. */
const SETTLED_MS = 5_000

/** Shadows of the cluster of the settings for the API; `undefined` where there is no cluster or no registry. */
export function openShadowView(settings: Settings, topology: CheckedTopology): ShadowView | undefined {
  if (settings.driver === 'embedded' || settings.schemaRegistryUrl === undefined) return undefined
  const processors = Object.values(topology.nodes).filter(({ kind }) => kind === 'processor')
  const withOperations = async <T>(work: (of: Awaited<ReturnType<typeof openClusterOperations>>) => Promise<T>) => {
    const operations = await openClusterOperations(kafkaOf(settings, 'stonks-shadows'))
    return work(operations).finally(() => operations.close())
  }
  return {
    list: () =>
      withOperations(async (operations) => {
        const there = new Set((await operations.topics()).map(({ topic }) => topic))
        const items = processors.map(({ name: processor }) => {
          const outputs = outputsOf(topology, processor).filter(({ shadowTopic }) => there.has(shadowTopic))
          return { processor, topics: outputs.map(({ topic, shadowTopic }) => ({ topic, shadow_topic: shadowTopic })) }
        })
        return { items: items.filter(({ topics }) => topics.length > 0) }
      }),
    diff: (processor, { minutes, show }) =>
      withOperations(async (operations) => {
        const outputs = outputsOf(topology, processor)
        const driver = await openDriver(settings, silentLogger)
        try {
          const beginsMs = outputs.length === 0 ? undefined : await shadowBeginsMs(outputs, operations)
          if (beginsMs === undefined) return undefined
          const toMs = Date.now() - SETTLED_MS
          const range = { fromMs: Math.max(beginsMs, toMs - minutes * 60_000), toMs }
          const registry = openRegistry(settings, topology.compatibility)
          const ports = { operations, driver, registry }
          const diffs = await compareOutputs(outputs, ports, { range, ignore: [], recordsMax: RECORDS_MAX })
          return diffJson(processor, range, diffs, show)
        } catch (error) {
          if (error instanceof CommandError && error.exitCode === EXIT.missing) return undefined
          if (error instanceof CommandError && error.exitCode === EXIT.refused) return 'too-many'
          throw error
        } finally {
          await driver.close()
        }
      }),
  }
}

const diffJson = (
  processor: string,
  range: { readonly fromMs: number; readonly toMs: number },
  diffs: readonly DiffOfTopic[],
  show: number,
): ShadowDiff => ({
  processor,
  from: new Date(range.fromMs).toISOString(),
  to: new Date(range.toMs).toISOString(),
  topics: diffs.map(({ topic, shadowTopic, by, diff: { same, differences } }) => {
    const count = (kind: RecordDifference['kind']): number => differences.filter((one) => one.kind === kind).length
    return {
      topic,
      shadow_topic: shadowTopic,
      by: ['key', ...by],
      same,
      changed: count('changed'),
      missing: count('missing'),
      extra: count('extra'),
      fields: changedFields(differences).map(([field, n]) => ({ field, count: n })),
      differences: differences.slice(0, show),
    }
  }),
})
