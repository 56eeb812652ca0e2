import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the process that has a data folder open can be asked. */
export interface Running {
  readonly pid: number
  readonly url: string
}

const fileOf = (dataFolder: string): string => join(dataFolder, 'running.json')

export function announceRunning(dataFolder: string, running: Running): () => void {
  mkdirSync(dataFolder, { recursive: true })
  writeFileSync(fileOf(dataFolder), JSON.stringify(running))
  return () => rmSync(fileOf(dataFolder), { force: true })
}

/** The process that runs on a data folder now; undefined where there is none, or it died without a word. */
export function findRunning(dataFolder: string): Running | undefined {
  try {
    const running = JSON.parse(readFileSync(fileOf(dataFolder), 'utf8')) as Running
    process.kill(running.pid, 0)
    return running
  } catch {
    return undefined
  }
}
