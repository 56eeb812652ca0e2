import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterOperations } from '../../streams/index.ts'

const LOOK_EVERY_MS = 25
const HERTZ = 100

export interface Run {
  /** From the start of the process to the last commit. */
  readonly wholeSeconds: number
  /** Of the second half: by then virtual machines are warm and caches full. */
  readonly warmSeconds: number
  readonly warmRecords: number
  readonly warmCpuSeconds: number
  readonly peakRssBytes: number
}

/** Processor time of a process and all its threads, from the kernel. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / HERTZ
}

const peakRssOf = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024

/** Starts a process and watches its group's committed offsets until all `count` records are. Ends it again. */
export async function watch(
  command: readonly string[],
  groupId: string,
  count: number,
  operations: ClusterOperations,
  giveUpAfterMs: number,
): Promise<Run> {
  const [program = '', ...args] = command
  const startedMs = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    said = `${said}${bytes}`.slice(-2_000)
  })
  try {
    return await follow(child, () => said, { groupId, count, operations, startedMs, giveUpAfterMs })
  } finally {
    await end(child)
  }
}

interface Followed {
  readonly groupId: string
  readonly count: number
  readonly operations: ClusterOperations
  readonly startedMs: number
  readonly giveUpAfterMs: number
}

async function follow(
  child: ChildProcess,
  said: () => string,
  { groupId, count, operations, startedMs, giveUpAfterMs }: Followed,
): Promise<Run> {
  const pid = child.pid ?? 0
  let half: { readonly atMs: number; readonly done: number; readonly cpu: number } | undefined
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended by itself: ${said()}`)
    const offsets = await operations.offsets(groupId).catch(() => [])
    const [atMs, cpu] = [performance.now(), cpuSecondsOf(pid)]
    const done = offsets.reduce((sum, { committed }) => sum + Number(committed.offset), 0)
    if (half === undefined && done >= count / 2) half = { atMs, done, cpu }
    if (done >= count) {
      const from = half ?? { atMs: startedMs, done: 0, cpu: 0 }
      return {
        wholeSeconds: (atMs - startedMs) / 1000,
        warmSeconds: (atMs - from.atMs) / 1000,
        warmRecords: done - from.done,
        warmCpuSeconds: cpu - from.cpu,
        peakRssBytes: peakRssOf(pid),
      }
    }
    if (atMs - startedMs > giveUpAfterMs)
      throw new Error(`${done} of ${count} records after ${giveUpAfterMs} ms: ${said()}`)
    await sleep(LOOK_EVERY_MS)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await gone
  clearTimeout(timer)
}
