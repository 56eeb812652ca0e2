import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PROJECT_FOLDER } from '../settings.ts'

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningStonks {
  readonly pid: number
  /** The first match in what was said on stderr so far or will be. Rejects with all that was said where it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
  readonly output: () => Ended
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<Ended>
  /** Ends it in the middle of whatever it does, as a power cut would. */
  kill(): Promise<Ended>
}

/** Settings of this machine stay out: a command starts from an empty environment, PATH and HOME aside. */
const environment = (env: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NO_COLOR: '1',
  ...env,
})

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts the command line as a user does, in a process of its own. */
export function startStonks(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningStonks {
  const child = spawn(process.execPath, [join(PROJECT_FOLDER, 'cli/main.ts'), ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const output = (): Ended => ({ exitCode: child.exitCode, stdout, stderr })
  const ended = once(child, 'close').then(() => {
    children.delete(child)
    return output()
  })
  const endWith = (signal: NodeJS.Signals): Promise<Ended> => {
    child.kill(signal)
    return ended
  }
  return {
    pid: child.pid ?? 0,
    ended,
    output,
    stop: () => endWith('SIGTERM'),
    kill: () => endWith('SIGKILL'),
    said(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
      const look = (): void => {
        const found = pattern.exec(stderr)
        if (found) resolve(found)
      }
      child.stderr.on('data', look)
      look()
      void ended.then(() => reject(new Error(`stonks ended without saying ${pattern}:\n${stdout}${stderr}`)))
      return promise.finally(() => child.stderr.off('data', look))
    },
  }
}

/** Runs a command to its end. */
export const stonks = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  startStonks(args, env).ended
