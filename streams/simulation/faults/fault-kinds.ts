import { CALM_MARKERS_MS } from '../broker/transaction-coordinator.ts'
import type { Scene } from '../scene.ts'
import type { Pod } from '../subject/pod.ts'
import { CALM_LATENCY_MS, type Phase } from '../world/network.ts'
import type { SeededRandom } from '../world/seeded-random.ts'

/** One kind of misfortune: does it, sees to its end, and says in a few words what it was. */
export type Fault = (scene: Scene, random: SeededRandom) => string

const POINTS: readonly { readonly api: string; readonly phase: Phase }[] = [
  ...['Produce', 'TxnOffsetCommit', 'EndTxn', 'InitProducerId', 'OffsetFetch', 'OffsetCommit', 'JoinGroup'].flatMap(
    (api) => (['sent', 'done', 'answered'] as const).map((phase) => ({ api, phase })),
  ),
  { api: 'disk', phase: 'sent' },
  { api: 'disk', phase: 'done' },
]

export const FAULTS = {
  /** kill -9, and a start some time later. */
  kill: (scene, random) => {
    const pod = aPod(scene, random)
    pod.kill(random.between(50, 6_000))
    return `kill ${pod.processId}`
  },
  /** The machine under it falls, and forgets what was not flushed. */
  powerLoss: (scene, random) => {
    const pod = aPod(scene, random)
    pod.kill(random.between(500, 4_000))
    pod.disk.loseTail(random)
    return `power loss of ${pod.processId}`
  },
  /** kill -9 at a step of the commit protocol, or around the write to the disk. */
  killAt: (scene, random) => {
    const pod = aPod(scene, random)
    const point = random.pick(POINTS)
    scene.strikes.push({ pod, ...point, awayMs: random.between(50, 3_000) })
    return `kill ${pod.processId} at ${point.api}, ${point.phase}`
  },
  /** SIGSTOP and SIGCONT, often past the session and the transaction. */
  stop: (scene, random) => {
    const pod = aPod(scene, random)
    const forMs = random.between(200, 9_000)
    pod.process?.stop(scene.world.nowMs + forMs)
    return `stop ${pod.processId} for ${forMs} ms`
  },
  brokerDown: (scene, random) => {
    const forMs = random.between(200, 6_000)
    scene.network.brokerDown = true
    scene.afterwards(forMs, () => {
      scene.network.brokerDown = false
    })
    return `broker down for ${forMs} ms`
  },
  brokerStop: (scene, random) => {
    const forMs = random.between(500, 9_000)
    scene.broker.process.stop(scene.world.nowMs + forMs)
    return `broker stopped for ${forMs} ms`
  },
  cutOff: (scene, random) => {
    const pod = aPod(scene, random)
    const forMs = random.between(300, 9_000)
    const { process } = pod
    if (process === undefined) return 'nobody to cut off'
    scene.network.cutOff.add(process)
    scene.afterwards(forMs, () => scene.network.cutOff.delete(process))
    return `${pod.processId} cut off for ${forMs} ms`
  },
  lossy: (scene, random) => {
    const { weather } = scene.network
    const [requestLost, answerLost] = [random.next() * 0.15, random.next() * 0.25]
    Object.assign(weather, { requestLost, answerLost })
    scene.afterwards(random.between(500, 5_000), () => Object.assign(weather, { requestLost: 0, answerLost: 0 }))
    return `messages lost: ${requestLost.toFixed(2)} out, ${answerLost.toFixed(2)} back`
  },
  /** What is asked for happens, and nobody hears of it. */
  unanswered: (scene, random) => {
    const api = random.pick([
      'EndTxn',
      'EndTxn',
      'Produce',
      'TxnOffsetCommit',
      'OffsetCommit',
      'InitProducerId',
      'JoinGroup',
    ])
    const forMs = random.between(300, 8_000)
    scene.network.unanswered.add(api)
    scene.afterwards(forMs, () => scene.network.unanswered.delete(api))
    return `answers to ${api} lost for ${forMs} ms`
  },
  slow: (scene, random) => {
    const { weather } = scene.network
    const most = random.pick([50, 400, 2_500])
    weather.latencyMs = [1, most]
    scene.afterwards(random.between(500, 4_000), () => {
      weather.latencyMs = CALM_LATENCY_MS
    })
    return `slow network, up to ${most} ms`
  },
  coordinatorMoves: (scene, random) => {
    const forMs = random.between(20, 2_500)
    scene.broker.move(forMs)
    return `coordinators move for ${forMs} ms`
  },
  /** Some partitions can be neither written nor read while a leader is looked for. */
  leaderless: (scene, random) => {
    const all = [...scene.broker.topics.values()].flat()
    const some = all.filter(() => random.chance(0.3))
    const forMs = random.between(200, 7_000)
    for (const partition of some) scene.broker.leaderless.add(partition)
    scene.afterwards(forMs, () => {
      for (const partition of some) scene.broker.leaderless.delete(partition)
    })
    return `${some.length} partitions without leader for ${forMs} ms`
  },
  lateMarkers: (scene, random) => {
    const { weather } = scene.broker.transactions
    const most = random.pick([300, 2_000, 20_000])
    weather.delayMs = [0, most]
    scene.afterwards(random.between(500, 4_000), () => {
      weather.delayMs = CALM_MARKERS_MS
    })
    return `markers up to ${most} ms late`
  },
  diskFull: (scene, random) => {
    const pod = aPod(scene, random)
    pod.disk.isFull = true
    scene.afterwards(random.between(100, 3_000), () => {
      pod.disk.isFull = false
    })
    return `disk of ${pod.processId} full`
  },
  clockJump: (scene, random) => {
    const pod = aPod(scene, random)
    const jumpMs = random.pick([-3_600_000, -2_000, -200, 200, 2_000, 3_600_000])
    if (pod.process !== undefined) pod.process.skewMs += jumpMs
    return `clock of ${pod.processId} jumps ${jumpMs} ms`
  },
  /** Another process with the same id. */
  twin: (scene, random) => {
    const pod = aPod(scene, random)
    const twin = scene.addPod(pod.processId)
    twin.start()
    scene.afterwards(random.between(500, 6_000), () => scene.removePod(twin, random.chance(0.5)))
    return `a twin of ${pod.processId}`
  },
  scaleOut: (scene, random) => {
    const more = scene.addPod(`extra${scene.pods.length}`)
    more.start()
    scene.afterwards(random.between(500, 5_000), () => scene.removePod(more, random.chance(0.3)))
    return `one more pod for a while: ${more.processId}`
  },
  /** As in a rolling update. */
  restart: (scene, random) => {
    const pod = aPod(scene, random)
    pod.drain(() => pod.start(), true)
    return `restart ${pod.processId}`
  },
} as const satisfies Record<string, Fault>

export type FaultKind = keyof typeof FAULTS

const aPod = (scene: Scene, random: SeededRandom): Pod => random.pick(scene.pods)
