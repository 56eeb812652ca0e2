import { type DoneOffsets, decodeDone, NOTHING_DONE } from '../calls/done-offsets.ts'
import { StreamsError } from '../errors.ts'
import { taskCountOf } from '../event-time/awaited.ts'
import { groupOf, type ProcessorSpec, type SourceSpec, storesOf } from '../graph.ts'
import { partitionKey } from '../record.ts'
import { storeIdOf } from '../state/backing.ts'
import { BufferedStore } from '../state/buffered-store.ts'
import type { GlobalTable } from '../state/global-table.ts'
import { topicOf } from '../task/outputs.ts'
import { QueuedRecord } from '../task/queued-record.ts'
import { SourceTask } from '../task/source-task.ts'
import { Task } from '../task/task.ts'
import { decodeTaskMetadata, doneIn, NO_METADATA } from '../task/task-metadata.ts'
import { HeldQueue } from './held-queue.ts'
import { topologicalRanks } from './ranks.ts'
import { SourceSlot, skipStoreOf } from './source-slot.ts'
import { TableSlot } from './table-slot.ts'
import { TaskSlot } from './task-slot.ts'
import { Unit, type UnitOptions } from './unit.ts'
import { tableGroupOf } from './unit-offsets.ts'
import { UnitQueue } from './unit-queue.ts'

interface Planned {
  readonly rank: number
  readonly topic: string
  readonly partition: number
  readonly task: number
  readonly create: (order: number) => UnitQueue
}

/** Makes a unit as its log left it: stores, positions, stream times and tables of the last commit. */
export async function buildUnit(options: UnitOptions): Promise<Unit> {
  const unit = new Unit(options)
  const ranks = topologicalRanks(options.graph)
  const running = Object.values(options.graph.nodes).filter((node) => options.nodes.has(node.name))
  const plan: Planned[] = []
  for (const node of running) {
    if (node.kind !== 'processor') continue
    for (const topic of Object.values(node.tables)) plan.push(...(await addTable(unit, topic)))
  }
  for (const node of running) {
    if (node.kind === 'processor') plan.push(...addTasks(unit, node, ranks.get(node.name) ?? 0))
    if (node.kind === 'source') plan.push(...addSource(unit, node, ranks.get(node.name) ?? 0))
  }
  plan.sort((a, b) => a.rank - b.rank || compare(a.topic, b.topic) || a.partition - b.partition || a.task - b.task)
  unit.connect(plan.map((one, order) => one.create(order)))
  for (const slot of unit.tasks) await slot.task.init()
  for (const slot of unit.sources) await slot.task.init()
  return unit
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function addTasks(unit: Unit, node: ProcessorSpec, rank: number): Planned[] {
  const { graph, log, clock, random, appVersion, boundedBySources } = unit.options
  const calls = unit.callsOf(node)
  const own = node.from.map((name) => topicOf(graph, name, node.name))
  const shared = node.broadcast.map((name) => topicOf(graph, name, node.name))
  const tasks = taskCountOf(graph, node)
  if (own.length === 0 || own.some((spec) => spec.partitions !== tasks)) {
    const counts = own.map((spec) => `${spec.name} ${spec.partitions}`).join(', ') || 'none'
    throw new StreamsError(
      'TOPOLOGY_INVALID',
      `${node.name} needs input topics with equally many partitions; it has ${counts}`,
      { node: node.name },
    )
  }
  const metrics = unit.metricsOf(node.name)
  const tables = new Map(
    Object.entries(node.tables).map(([name, topic]) => [name, unit.tables.get(topic)?.table as GlobalTable<unknown>]),
  )
  return Array.from({ length: tasks }, (_, partition) => partition).flatMap((partition) => {
    const committed = log.committed(groupOf(graph, node.name), { topic: own[0]?.topic ?? '', partition })
    const metadata = committed === undefined ? NO_METADATA : decodeTaskMetadata(committed.metadata)
    const stores = new Map(
      storesOf(node).map((spec) => {
        const backing = log.backing(storeIdOf(node.name, spec.name, partition))
        // An answer in a memo was paid for now, whatever its record's time.
        const timeMs = spec.name === node.calls?.memo ? () => clock.now() : () => task.streamTimeMs
        return [spec.name, new BufferedStore<unknown>(spec.name, backing, timeMs, spec.ttlMs)]
      }),
    )
    const events = {
      forwarded: (output: Parameters<Unit['append']>[0]) => {
        metrics.forwarded()
        unit.append(output)
      },
      deadLettered: (record: Parameters<Unit['deadLetter']>[0]) => {
        metrics.deadLettered()
        unit.deadLetter(record)
      },
      passed: (record: QueuedRecord) => {
        slot.passed(record)
        unit.dirty = true
      },
    }
    const taskCalls = {
      shared: calls,
      ended: () => unit.complete(slot),
      remembered: () => {
        slot.dirty = true
        unit.dirty = true
      },
      earliestOpenMs: (except: QueuedRecord) => slot.openMs(except),
    }
    const common = { graph, node, partition, stores, tables, metadata, clock, random, appVersion, events }
    const task: Task = new Task({ ...common, calls: taskCalls })
    const slot: TaskSlot = new TaskSlot(graph, task, { group: unit.group, metrics, oneByOne: boundedBySources })
    unit.tasks.push(slot)
    const doneOf = (topic: string): DoneOffsets => {
      const before = log.committed(groupOf(graph, node.name), { topic, partition })
      return before === undefined ? NOTHING_DONE : decodeDone(before.offset, doneIn(before.metadata))
    }
    const planned = (spec: (typeof own)[number], p: number, position: (start: number) => number): Planned => ({
      rank,
      topic: spec.topic,
      partition: p,
      task: partition,
      create: (order) => {
        const at = { topic: spec.topic, partition: p }
        const from = position(log.startOffset(at))
        const done = slot.isBroadcast({ at }) ? NOTHING_DONE : doneOf(spec.topic)
        const queue = new UnitQueue(order, slot, spec, p, from, false, done)
        slot.queues.push(queue)
        return queue
      },
    })
    const committedOf = (topic: string, start: number): number =>
      Math.max(start, Number(log.committed(groupOf(graph, node.name), { topic, partition })?.offset ?? start))
    return [
      ...own.map((spec) => planned(spec, partition, (start) => committedOf(spec.topic, start))),
      ...shared.flatMap((spec) =>
        Array.from({ length: spec.partitions }, (_, p) =>
          planned(spec, p, (start) =>
            Math.max(start, Number(task.broadcastPosition(partitionKey({ topic: spec.topic, partition: p })) ?? start)),
          ),
        ),
      ),
    ]
  })
}

/** Loads a table up to where it was at the last commit; what came since is taken in its turn. A first start takes all there is. */
async function addTable(unit: Unit, name: string): Promise<Planned[]> {
  if (unit.tables.has(name)) return []
  const { graph, log, logger } = unit.options
  const spec = topicOf(graph, name, 'a table')
  const slot = new TableSlot(spec, (record, error) => {
    logger.error(
      { topic: record.spec.topic, partition: record.partition, offset: String(record.offset), error: String(error) },
      'a table record cannot be read; the table keeps what it had',
    )
  })
  unit.tables.set(name, slot)
  const plan: Planned[] = []
  for (let partition = 0; partition < spec.partitions; partition++) {
    const at = { topic: spec.topic, partition }
    const until = Number(log.committed(tableGroupOf(graph), at)?.offset ?? log.stableOffset(at))
    for (let from = log.startOffset(at); from < until; ) {
      const { records, next } = log.read(at, from, Math.min(1_000, until - from))
      for (const record of records) await slot.apply(new QueuedRecord(spec, record))
      from = next
    }
    slot.dirty = true
    unit.dirty = true
    const create = (order: number): UnitQueue => {
      const queue = new UnitQueue(order, slot, spec, partition, until, !unit.options.boundedBySources)
      slot.queues.push(queue)
      return queue
    }
    plan.push({ rank: 0.5, topic: spec.topic, partition, task: 0, create })
  }
  return plan
}

function addSource(unit: Unit, node: SourceSpec, rank: number): Planned[] {
  const { graph, log, clock, appVersion, boundedBySources } = unit.options
  const stores = new Map(
    node.stores.map((spec) => {
      const backing = log.backing(storeIdOf(node.name, spec.name, 0))
      return [spec.name, new BufferedStore<unknown>(spec.name, backing, () => clock.now(), spec.ttlMs)]
    }),
  )
  const task = new SourceTask({ graph, node, stores, clock, appVersion })
  const skip = Number(log.backing(skipStoreOf(node.name)).get('skip') ?? 0)
  let held: UnitQueue | undefined
  const slot = new SourceSlot(
    task,
    {
      append: (output) => unit.append(output),
      deadLetter: (record) => unit.deadLetter(record),
      hold: (_, item) => unit.group.push(held as UnitQueue, item),
    },
    { held: boundedBySources, skip: boundedBySources ? skip : 0, metrics: unit.metricsOf(node.name) },
  )
  unit.sources.push(slot)
  if (!boundedBySources) return []
  return [
    {
      rank,
      topic: '',
      partition: 0,
      task: unit.sources.length,
      create: (order) => (held = new HeldQueue(order, slot)),
    },
  ]
}
