import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Editors write a file in several steps; whoever waits so long sees it whole. */
const SETTLED_MS = 80

/**
 * Tells when one of the files was written, once for several steps of an editor, until what it gives is called. Folders are
 * watched, not files: an editor may replace a file by another one.
 */
export function watchFiles(files: readonly string[], changed: () => void): () => void {
  const names = new Set(files.map((file) => basename(file)))
  let timer: NodeJS.Timeout | undefined
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(changed, SETTLED_MS)
  }
  const watchers = [...new Set(files.map((file) => dirname(file)))].map((folder) =>
    watch(folder, (_, name) => {
      if (name === null || names.has(name)) soon()
    }),
  )
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
