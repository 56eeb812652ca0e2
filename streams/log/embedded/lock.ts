import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StreamsError } from '../../errors.ts'

const held = new Set<string>()

/**
 * One process a folder: a file with the process id and when that process began (ids are reused, in a container always the
 * same ones). A lock whose process is gone is taken over. Gives back how to release it. Throws LOG_IN_USE.
 */
export function lockFolder(folder: string): () => void {
  const file = join(resolve(folder), 'lock')
  const mine = `${process.pid} ${startOf(process.pid)}`
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      writeFileSync(file, mine, { flag: 'wx' })
      held.add(file)
      return () => {
        held.delete(file)
        rmSync(file, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    takeOver(file, folder, mine)
  }
  throw new StreamsError('LOG_IN_USE', `cannot lock ${folder}: its lock file ${file} keeps coming back`, { folder })
}

/** Removes the lock of a process that is gone; throws LOG_IN_USE where it lives. */
function takeOver(file: string, folder: string, mine: string): void {
  const owner = readOrUndefined(file)
  if (owner === undefined) return
  const [pidText = '', start = ''] = owner.split(' ')
  const pid = Number(pidText)
  if (owner === mine ? held.has(file) : isAlive(pid, start)) {
    const message = `the log in ${folder} is in use by process ${pid}; stop that one, or give this one another folder`
    throw new StreamsError('LOG_IN_USE', message, { folder, pid })
  }
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (readOrUndefined(aside) === owner) rmSync(aside, { force: true })
  else renameSync(aside, file)
}

function isAlive(pid: number, start: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return start === startOf(pid)
}

/** When a process began, in ticks since boot; empty where the system does not tell. */
function startOf(pid: number): string {
  const stat = readOrUndefined(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
