import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { ObjectNotFoundError, type ObjectStore, type Sidecar } from './object-store.ts'

/** Up to so many bytes a synchronous write takes less time than a trip through the thread pool. */
const SMALL_BYTES = 64 * 1024
const SIDECAR_SUFFIX = '.meta.json'

/**
 * Objects as files of a folder, the sidecar beside each as `<key>.meta.json`. A file is written under another name and
 * renamed, sidecar first: an object that is there is whole and has its sidecar.
 */
export function openFolderObjectStore(folder: string): ObjectStore {
  const root = normalize(`${folder}${sep}`)
  const madeFolders = new Set<string>()
  const unique = randomUUID()
  let counter = 0
  const pathOf = (key: string): string => {
    const path = normalize(join(root, key))
    if (key === '' || !path.startsWith(root)) throw new TypeError(`object key ${JSON.stringify(key)} leaves ${folder}`)
    return path
  }
  const makeFolder = (path: string): void => {
    const parent = dirname(path)
    if (madeFolders.has(parent)) return
    mkdirSync(parent, { recursive: true })
    madeFolders.add(parent)
  }
  const temporaryFor = (path: string): string => `${path}.${unique}-${counter++}.part`
  return {
    async put(key, bytes, sidecar) {
      const path = pathOf(key)
      if (existsSync(path)) return
      makeFolder(path)
      if (sidecar) writeWhole(`${path}${SIDECAR_SUFFIX}`, sidecarBytes(sidecar), temporaryFor(path))
      const temporary = temporaryFor(path)
      if (bytes.length <= SMALL_BYTES) return writeWhole(path, bytes, temporary)
      await writeFile(temporary, bytes)
      await rename(temporary, path)
    },
    async get(key) {
      try {
        return await readFile(pathOf(key))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new ObjectNotFoundError(key, folder)
        throw error
      }
    },
    has: async (key) => existsSync(pathOf(key)),
    list: async (prefix) => listFiles(root).filter((key) => key.startsWith(prefix)),
  }
}

function writeWhole(path: string, bytes: Uint8Array, temporary: string): void {
  writeFileSync(temporary, bytes)
  renameSync(temporary, path)
}

const sidecarBytes = (sidecar: Sidecar): Uint8Array => Buffer.from(JSON.stringify(sidecar))

function listFiles(root: string): string[] {
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(SIDECAR_SUFFIX) && !entry.name.endsWith('.part'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
}
