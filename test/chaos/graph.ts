import type { Graph, LogRecord } from '../../streams/index.ts'
import { graphOf, processor } from '../../streams/testing/graph-of.ts'

export const PARTITIONS = 4
export const KEYS = 40

export interface Total {
  readonly count: number
  readonly sum: number
  readonly least: number
  readonly most: number
}

/** What was counted so far, with one more number; nothing before the first. */
export function addTo(total: Total | undefined, number: number): Total {
  if (total === undefined) return { count: 1, sum: number, least: number, most: number }
  return {
    count: total.count + 1,
    sum: total.sum + number,
    least: Math.min(total.least, number),
    most: Math.max(total.most, number),
  }
}

/** Numbers are copied, and of the copies totals are kept by key: two groups, one of them with a store and its changelog. */
export function chaosGraph(name: string): Graph {
  const copy = processor({
    name: 'copy',
    from: ['numbers'],
    to: ['copies'],
    commitIntervalMs: 100,
    create: () => ({
      process(record, context) {
        context.forward({ key: record.key, value: record.value })
      },
    }),
  })
  const tally = processor({
    name: 'tally',
    from: ['copies'],
    to: ['totals'],
    stores: [{ name: 'totals', type: 'kv' }],
    commitIntervalMs: 100,
    create: () => ({
      process(record, context) {
        const totals = context.store<Total>('totals')
        const total = addTo(totals.get(record.key ?? ''), record.value as number)
        totals.put(record.key ?? '', total)
        context.forward({ key: record.key, value: total })
      },
    }),
  })
  const graph = graphOf({ numbers: PARTITIONS, copies: PARTITIONS, totals: PARTITIONS }, [copy, tally])
  const topics = Object.entries(graph.topics).map(([key, spec]) => [key, { ...spec, topic: `${name}.${key}` }] as const)
  return { ...graph, name, topics: Object.fromEntries(topics) }
}

/** Group and input topic of each processor. */
export const INPUT_OF = { copy: 'numbers', tally: 'copies' } as const

export const keyOf = ({ key }: LogRecord): string => Buffer.from(key ?? []).toString()
export const contentOf = <T>({ value }: LogRecord): T => JSON.parse(Buffer.from(value ?? []).toString()) as T
