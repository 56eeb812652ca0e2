import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Editors write a file in several steps; whoever waits so long sees it whole. */
const SETTLED_MS = 80

export interface WatchedFiles {
  /** These too, from now on. */
  also(files: Iterable<string>): void
  close(): void
}

/**
 * Tells when one of the files was written, once for several steps of an editor. Folders are watched, not files: an editor may
 * replace a file by another one.
 */
export function watchFiles(files: Iterable<string>, changed: () => void): WatchedFiles {
  const namesByFolder = new Map<string, Set<string>>()
  const watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(changed, SETTLED_MS)
  }
  const namesIn = (folder: string): Set<string> => {
    const known = namesByFolder.get(folder)
    if (known !== undefined) return known
    const names = new Set<string>()
    namesByFolder.set(folder, names)
    watchers.push(watch(folder, (_, name) => (name === null || names.has(name) ? soon() : undefined)))
    return names
  }
  const also = (more: Iterable<string>): void => {
    for (const file of more) namesIn(dirname(file)).add(basename(file))
  }
  also(files)
  return {
    also,
    close() {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}
