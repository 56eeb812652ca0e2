import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly timeoutMs?: number
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/** Absolute path of a program on PATH, or undefined. */
export function findOnPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, program)).find(isExecutable)
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Runs a program to its end and gives what it printed on standard output.
 * @throws Error with the program's last lines where it fails, cannot be started or takes longer than `timeoutMs`.
 */
export function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  })
  running.add(child)
  child.on('close', () => running.delete(child))
  let printed = ''
  let all = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    all = (all + text).slice(-20_000)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all = (all + text).slice(-20_000)
  })
  const shown = [program, ...args].join(' ').slice(0, 160)
  child.on('error', (error) => reject(new Error(`${shown}: ${error.message}`)))
  child.on('close', (status, signal) => {
    if (status === 0) resolve(printed)
    else reject(new Error(`${shown}: ${signal ? `ended by ${signal}` : `exit ${status}`}\n${lastLines(all, 15)}`))
  })
  return promise
}

/** The last `count` lines, indented for a report. */
export function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split('\n')
  return lines
    .slice(-count)
    .map((line) => `    ${line}`)
    .join('\n')
}
