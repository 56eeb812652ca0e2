import type { Scene } from '../scene.ts'
import { FAULTS, type FaultKind } from './fault-kinds.ts'

/** Decides what goes wrong in a history, and when: a few kinds each, so that every one also occurs without most of the others. */
export function planFaults(scene: Scene): void {
  const random = scene.world.random.fork()
  const all = Object.keys(FAULTS) as FaultKind[]
  const kinds = Array.from({ length: random.between(1, 5) }, () => random.pick(all))
  const count = random.between(0, 7)
  for (let i = 0; i < count; i++) {
    const kind = random.pick(kinds)
    const happen = (): void => {
      scene.faults += 1
      const what = FAULTS[kind](scene, random)
      scene.world.trace('fault', () => what)
    }
    scene.world.after(random.between(300, scene.faultsMs - 200), happen)
  }
}
