import { readFileSync } from 'node:fs'

/** When a process started, in clock ticks since boot, where the system says so (Linux). */
export function processStartOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/** Whether `pid` lives and, where that can be known, started at `start` and runs a program with `name` in its command. */
export function isProcess(pid: number, start: string | undefined, name?: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const startsAt = processStartOf(pid)
  if (start && startsAt && start !== startsAt) return false
  return name === undefined || commandOf(pid).includes(name)
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
