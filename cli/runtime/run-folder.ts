import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../settings.ts'
import { findRunning } from './running.ts'

/**
 * Settings whose data folder is that of a run: the folder itself where it holds a log, else the one below it that is
 * running, else the latest. `start` gives each recording a folder of its own; who looks afterwards need not name it.
 */
export function atRun(settings: Settings): Settings {
  const { dataFolder } = settings
  if (isRun(dataFolder) || !existsSync(dataFolder)) return settings
  const runs = readdirSync(dataFolder)
    .map((name) => join(dataFolder, name))
    .filter(isRun)
    .map((folder) => ({ folder, isRunning: findRunning(folder) !== undefined, changedMs: statSync(folder).mtimeMs }))
    .sort((a, b) => Number(b.isRunning) - Number(a.isRunning) || b.changedMs - a.changedMs)
  return runs[0] ? { ...settings, dataFolder: runs[0].folder } : settings
}

const isRun = (folder: string): boolean => existsSync(join(folder, 'log')) || existsSync(join(folder, 'lake'))
