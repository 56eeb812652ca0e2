import type { Graph, Serde, Sink, Source } from '../../streams/index.ts'

export const PARTITIONS = 2
export const listOf = (name: string): string => `${name}:queue:ingestion`

/** A list brought into a topic, or a topic given to a list, with commits often enough to be between. */
export function bridgeGraph(
  name: string,
  value: Serde<unknown>,
  create: { readonly in: () => Source; readonly out: () => Sink },
): Graph {
  const errors = { retryMax: 5, backoffMinMs: 20, backoffMaxMs: 200, then: 'dlq' } as const
  return {
    name,
    topics: {
      'ingestion.jobs': {
        name: 'ingestion.jobs',
        topic: `${name}.ingestion.jobs`,
        partitions: PARTITIONS,
        cleanup: 'delete',
        retentionMs: -1,
        value,
      },
    },
    nodes: {
      in: {
        kind: 'source',
        name: 'in',
        to: ['ingestion.jobs'],
        stores: [{ name: 'seen', type: 'kv' }],
        guarantee: 'exactly_once',
        commitIntervalMs: 20,
        errors,
        create: create.in,
      },
      out: {
        kind: 'sink',
        name: 'out',
        from: ['ingestion.jobs'],
        batchRecordsMax: 20,
        batchWaitMs: 10,
        errors,
        create: create.out,
      },
    },
  }
}
