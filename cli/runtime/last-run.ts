import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../settings.ts'

const fileOf = (dataFolder: string): string => join(dataFolder, 'last-run')

/** Each recording has a folder of its own in the data folder; this one was started last. */
export function rememberRun(dataFolder: string, name: string): string {
  mkdirSync(dataFolder, { recursive: true })
  writeFileSync(fileOf(dataFolder), name)
  return join(dataFolder, name)
}

/** Settings of the run started last, for commands that look at it. The data folder itself may also be a run's. */
export function ofLastRun(settings: Settings): Settings {
  if (settings.driver !== 'embedded') return settings
  try {
    return {
      ...settings,
      dataFolder: join(settings.dataFolder, readFileSync(fileOf(settings.dataFolder), 'utf8').trim()),
    }
  } catch {
    return settings
  }
}
