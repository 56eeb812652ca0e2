import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeFolder } from './cache.ts'
import { findOnPath, lastLines } from './command.ts'
import type { Breakable } from './running.ts'

export interface LaunchPlan {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Working folder; its log `<name>.log` lies there, and `stop` removes it. */
  readonly folder: string
  readonly env?: NodeJS.ProcessEnv
  /** Runs as this user and group, where we are root. */
  readonly userId?: number
  /** A line of its log, or a URL that answers 2xx, or a question asked until it says yes. */
  readonly ready: RegExp | URL | (() => Promise<boolean>)
  readonly readyTimeoutMs?: number
  /** How to end it cleanly; SIGTERM unless told. */
  readonly stopSignal?: NodeJS.Signals
}

const groups = new Set<number>()
let guarded = false

/** A free port on the loopback interface; every call gives another one. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.on('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    server.close(() => resolve(port))
  })
  return promise
}

/**
 * Starts a program in a process group of its own and waits until it is ready.
 * It dies with this process, however this process ends.
 * @throws Error with the tail of its log where it dies early or is not ready in time; its folder then stays for a look.
 */
export async function launch(plan: LaunchPlan): Promise<Breakable> {
  guard()
  const logPath = join(plan.folder, `${plan.name}.log`)
  const tail = (lines = 20): string => lastLines(readFileSync(logPath, 'utf8'), lines)
  let child = await begin(plan, logPath, tail)
  return {
    name: plan.name,
    folder: plan.folder,
    get pid() {
      return child.pid ?? 0
    },
    logTail: tail,
    kill: () => end(child, 'SIGKILL'),
    end: () => end(child, plan.stopSignal ?? 'SIGTERM'),
    pause: () => signalFamily(child, 'SIGSTOP'),
    resume: () => signalFamily(child, 'SIGCONT'),
    restart: async () => {
      if (!isGone(child)) throw new Error(`${plan.name} still runs: kill() it before restart()`)
      child = await begin(plan, logPath, tail)
    },
    stop: async () => {
      await end(child, plan.stopSignal ?? 'SIGTERM')
      removeFolder(plan.folder)
    },
  }
}

async function begin(plan: LaunchPlan, logPath: string, tail: () => string): Promise<ChildProcess> {
  const log = openSync(logPath, 'a')
  const from = statSync(logPath).size
  const child = spawn(...withDeathSignal(plan), {
    cwd: plan.folder,
    env: plan.env ?? process.env,
    stdio: ['ignore', log, log],
    detached: true,
    ...(plan.userId === undefined ? {} : { uid: plan.userId, gid: plan.userId }),
  })
  closeSync(log)
  let failure = ''
  child.on('error', (error) => {
    failure = error.message
  })
  if (child.pid !== undefined) groups.add(child.pid)
  child.on('exit', () => {
    if (child.pid !== undefined) groups.delete(child.pid)
  })
  const timeoutMs = plan.readyTimeoutMs ?? 90_000
  const deadline = performance.now() + timeoutMs
  while (!(await isReady(plan.ready, logPath, from))) {
    const died = failure !== '' || isGone(child)
    if (!died && performance.now() < deadline) {
      await sleep(25)
      continue
    }
    const how =
      failure || (died ? `ended with ${child.signalCode ?? `exit ${child.exitCode}`}` : `not ready in ${timeoutMs} ms`)
    await end(child, 'SIGKILL')
    throw new Error(`${plan.name}: ${how}. Its log, ${logPath}, ends:\n${tail()}`)
  }
  return child
}

/** setpriv asks the kernel to end the part even where this process is killed outright. */
function withDeathSignal(plan: LaunchPlan): [string, string[]] {
  const setpriv = process.platform === 'linux' ? findOnPath('setpriv') : undefined
  if (setpriv === undefined) return [plan.command, [...plan.args]]
  return [setpriv, ['--pdeathsig', 'KILL', '--', plan.command, ...plan.args]]
}

async function isReady(ready: LaunchPlan['ready'], logPath: string, from: number): Promise<boolean> {
  if (ready instanceof RegExp) return ready.test(readFileSync(logPath).subarray(from).toString('utf8'))
  if (typeof ready === 'function') return ready().catch(() => false)
  return fetch(ready, { signal: AbortSignal.timeout(2000) }).then(
    async (response) => {
      await response.body?.cancel()
      return response.ok
    },
    () => false,
  )
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || isGone(child)) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  signalFamily(child, 'SIGCONT')
  if (signal === 'SIGKILL') signalFamily(child, signal)
  else signalGroup(child, signal)
  const patience = setTimeout(() => signalFamily(child, 'SIGKILL'), 15_000)
  await gone
  clearTimeout(patience)
  signalGroup(child, 'SIGKILL')
}

function isGone(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) signalQuietly(-child.pid, signal)
}

/** The group and those who left it: each of Postgres's back ends makes a group of its own. */
function signalFamily(child: ChildProcess, signal: NodeJS.Signals): void {
  const descendants = child.pid === undefined ? [] : descendantsOf(child.pid)
  signalGroup(child, signal)
  for (const pid of descendants) signalQuietly(pid, signal)
}

function descendantsOf(pid: number): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  if (!existsSync(path)) return []
  const children = readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [child, ...descendantsOf(child)])
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended already.
  }
}

function guard(): void {
  if (guarded) return
  guarded = true
  const killAll = (): void => {
    for (const pid of groups) signalQuietly(-pid, 'SIGKILL')
  }
  process.on('exit', killAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      killAll()
      // Whoever else listens decides how to end; with no other listener the signal ends us as it would have.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
}
