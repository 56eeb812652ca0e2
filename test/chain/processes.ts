import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const MAIN = join(import.meta.dirname, '../../cli/main.ts')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A `stonks` process of a test, with all it has said. */
export interface StonksProcess {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  said(): string
  /** What is written to standard output alone. */
  output(): string
}

export interface Processes {
  /** Starts `stonks ...args` with a data folder of its own by that name; the same name is the same folder. */
  start(name: string, args: readonly string[], env?: Readonly<Record<string, string>>): StonksProcess
  /** Runs `stonks ...args` to its end. @throws with all it said where it does not end with 0. */
  run(name: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>
  /** Resolves when the process has said something that matches. @throws where it ends before. */
  untilSaid(process: StonksProcess, what: RegExp): Promise<string>
  /** SIGKILL to all that still run. */
  killAll(): Promise<void>
}

/** Processes of the command line with these settings and nothing of the surroundings but the path. */
export function openProcesses(folder: string, settings: Readonly<Record<string, string>>): Processes {
  const all: StonksProcess[] = []
  const start: Processes['start'] = (name, args, env = {}) => {
    const data = join(folder, name)
    mkdirSync(data, { recursive: true })
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], STONKS_DATA: data, ...settings, ...env },
    })
    const out: Buffer[] = []
    const both: Buffer[] = []
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => both.push(bytes))
    const ended = new Promise<Ended>((resolve) => child.on('close', (code, signal) => resolve({ code, signal })))
    const started: StonksProcess = {
      child,
      ended,
      said: () => Buffer.concat(both).toString(),
      output: () => Buffer.concat(out).toString(),
    }
    all.push(started)
    return started
  }
  return {
    start,
    async run(name, args, env) {
      const started = start(name, args, env)
      const { code } = await started.ended
      if (code !== 0) throw new Error(`stonks ${args.join(' ')} ended with ${code}:\n${started.said()}`)
      return started.output()
    },
    async untilSaid(started, what) {
      for (;;) {
        const found = what.exec(started.said())
        if (found) return found[0]
        const { exitCode, signalCode } = started.child
        if (exitCode !== null || signalCode !== null) throw new Error(`ended before ${what}:\n${started.said()}`)
        await sleep(50)
      }
    },
    async killAll() {
      for (const { child } of all) child.kill('SIGKILL')
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

/** Asks again until `isDone`, and gives that answer; the test's own time-out ends it. */
export async function until<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (isDone(answer)) return answer
    await sleep(100)
  }
}
