import { Calls, type SharedCalls } from '../calls/calls.ts'
import type { Clock } from '../clock.ts'
import { StreamsError } from '../errors.ts'
import { DEFAULT_CALLS, type ProcessorSpec } from '../graph.ts'
import type { AsyncProcessor } from '../processor.ts'
import type { BufferedStore } from '../state/buffered-store.ts'
import type { GlobalTable } from '../state/global-table.ts'
import type { QueuedRecord } from './queued-record.ts'

/** What a task whose processor makes calls needs of whoever feeds it. */
export interface TaskCalls {
  readonly shared: SharedCalls
  /** A call has ended; it is completed by `complete`, in its turn. */
  readonly ended: () => void
  /** Something was written that belongs to no record's end. */
  readonly remembered: () => void
  /** The earliest time of a record that is not done, this one left out: Infinity without one, -Infinity where it is not known. */
  readonly earliestOpenMs: (except: QueuedRecord) => number
}

interface CallingTask {
  readonly node: ProcessorSpec
  readonly stores: ReadonlyMap<string, BufferedStore<unknown>>
  readonly tables: ReadonlyMap<string, GlobalTable<unknown>>
  readonly clock: Clock
  readonly random: () => number
  readonly calls: TaskCalls
}

/** Throws TOPOLOGY_INVALID where the node has what does not go with calls. */
export function callsOf(
  processor: AsyncProcessor,
  taskId: string,
  task: CallingTask,
  held: (record: QueuedRecord) => boolean,
): Calls {
  const { node, stores, tables, clock, random, calls } = task
  const policy = node.calls ?? DEFAULT_CALLS
  const memo = policy.memo === undefined ? undefined : stores.get(policy.memo)
  const wrong = (what: string): never => {
    throw new StreamsError('TOPOLOGY_INVALID', `${node.name} makes calls ${what}`, { node: node.name })
  }
  if (node.broadcast.length > 0) wrong('and reads broadcast topics: give it a table, or another processor before it')
  if (policy.memo !== undefined && memo === undefined) wrong(`with the memo ${policy.memo}, which is no store of it`)
  return new Calls({
    ...calls.shared,
    taskId,
    processor,
    policy,
    errors: node.errors,
    clock,
    random,
    memo,
    table: (name) => {
      const table = tables.get(name)
      if (table !== undefined) return table as never
      return wrong(`and asks for table ${name}; its \`tables:\` lists ${[...tables.keys()].join(', ') || 'none'}`)
    },
    held,
    ended: calls.ended,
    remembered: calls.remembered,
  })
}
