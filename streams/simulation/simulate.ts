import type { BrokerFlaws } from './broker/sim-broker.ts'
import { violationsAtTheEnd } from './checks/at-the-end.ts'
import { openTransactions, unfinished } from './checks/progress.ts'
import { violationsOnDisk } from './checks/stores.ts'
import { planFaults } from './faults/plan.ts'
import { Scene } from './scene.ts'

/** With no faults any more, everything has to be done after so long: longer than any timeout and any backoff. */
const CALM_MS = 60_000
const LOOK_EVERY_MS = 150
const END_MS = 40_000
/** More than this in one history is somebody spinning. */
const EVENTS_MAX = 400_000

export interface Outcome {
  readonly seed: number
  readonly faults: number
  readonly events: number
  /** How long after the last fault everything was done. */
  readonly calmMs: number
  readonly violations: readonly string[]
}

export interface SimulateOptions {
  readonly flaws?: BrokerFlaws
  readonly tell?: (line: string) => void
  /** Something more that is to happen. */
  readonly besides?: (scene: Scene) => void
  /** How long after the last fault all has to be done. */
  readonly calmMs?: number
}

/** One history: the application runs, faults happen, faults end, all gets done, and everything is judged. */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  const scene = new Scene({ seed, flaws: options.flaws ?? {}, tell: options.tell })
  planFaults(scene)
  const { world, broker, cluster } = scene
  const violations: string[] = []
  const violated = (what: string): void => {
    world.trace('VIOLATION', () => what)
    violations.push(what)
  }
  const committed = new Map<string, bigint>()
  broker.offsetCommitted = (groupId, key, { offset }) => {
    // Broadcast positions are each task's own; the group's are those of whoever committed last.
    if (key.startsWith('g.ticks')) return
    const place = `${groupId} ${key}`
    const before = committed.get(place) ?? 0n
    if (offset < before) violated(`${place}: the committed offset went back from ${before} to ${offset}`)
    committed.set(place, offset)
  }
  for (const pod of scene.pods) pod.start()
  options.besides?.(scene)
  const tooMuch = (): boolean => world.events > EVENTS_MAX
  await world.run(tooMuch, scene.faultsMs)
  scene.endFaults()
  const calmFromMs = world.nowMs
  let left: readonly string[] = []
  let isDone = false
  const look = (): void => {
    left = unfinished(broker, cluster.inputs)
    isDone = left.length === 0
    if (!isDone) world.after(LOOK_EVERY_MS, look)
  }
  look()
  await world.run(() => isDone || tooMuch(), options.calmMs ?? CALM_MS)
  const calmMs = world.nowMs - calmFromMs
  if (tooMuch()) violated(`${world.events} events: somebody spins`)
  for (const one of left) violated(`not done ${Math.round(calmMs / 1000)} s after the last fault: ${one}`)
  if (violations.length === 0) {
    await drainAll(scene)
    for (const what of violationsAtTheEnd({ ...cluster }, scene.deliveries)) violated(what)
    for (const pod of scene.everyPod) for (const what of pod.complaints) violated(what)
    // At least once, a process that was replaced may still write to a changelog: copies then differ, and nothing is lost.
    const disks = scene.guarantee === 'exactly_once' ? scene.everyPod : []
    for (const { disk, processId } of disks)
      for (const what of violationsOnDisk(broker, disk, processId)) violated(what)
    for (const what of openTransactions(broker)) violated(what)
  }
  return { seed, faults: scene.faults, events: world.events, calmMs, violations }
}

/** Everybody ends in good order, and what dead processes left open is ended by the broker. */
async function drainAll({ pods, everyPod, world, broker }: Scene): Promise<void> {
  for (const pod of pods) pod.drain(() => {}, false)
  const isOver = (): boolean =>
    everyPod.every((pod) => pod.process === undefined) && openTransactions(broker).length === 0
  await world.run(isOver, END_MS)
}
