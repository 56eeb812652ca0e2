import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join, normalize, relative, sep } from 'node:path'
import { ObjectBundle } from './object-bundle.ts'
import { ObjectNotFoundError, type ObjectStore, type Sidecar } from './object-store.ts'

/** Up to so many bytes a synchronous write takes less time than a trip through the thread pool. */
const SMALL_BYTES = 64 * 1024
const SIDECAR_SUFFIX = '.meta.json'
const BUNDLE_NAME = 'objects.jsonl'
const BUNDLES_OPEN_MAX = 32
const SHA256_NAME = /^[0-9a-f]{64}$/

/**
 * Objects below a folder. One of at most 64 KiB whose key ends in a SHA-256 is a line of `objects.jsonl` in the folder
 * of its key, with its sidecar. Any other is a file, its sidecar beside it as `<key>.meta.json`: written under another
 * name and renamed, sidecar first, so that an object that is there is whole and has its sidecar.
 */
export function openFolderObjectStore(folder: string): ObjectStore {
  const root = normalize(`${folder}${sep}`)
  const bundles = openBundles()
  const files = fileWriter()
  const pathOf = (key: string): string => {
    const path = normalize(join(root, key))
    if (key === '' || !path.startsWith(root)) throw new TypeError(`object key ${JSON.stringify(key)} leaves ${folder}`)
    if (basename(path) === BUNDLE_NAME) throw new TypeError(`object key ${JSON.stringify(key)}: the name is taken`)
    return path
  }
  return {
    async put(key, bytes, sidecar) {
      const path = pathOf(key)
      if (bytes.length <= SMALL_BYTES && SHA256_NAME.test(basename(path)))
        return bundles.forPut(dirname(path)).put(basename(path), bytes, sidecar)
      await files.put(path, bytes, sidecar)
    },
    async get(key) {
      const path = pathOf(key)
      const bundled = bundles.forGet(path)?.get(basename(path))
      if (bundled) return bundled
      try {
        return await readFile(path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new ObjectNotFoundError(key, folder)
        throw error
      }
    },
    async has(key) {
      const path = pathOf(key)
      return bundles.forGet(path)?.has(basename(path)) || existsSync(path)
    },
    async list(prefix) {
      const keys = listFiles(root).flatMap((path) => {
        if (basename(path) !== BUNDLE_NAME) return [path]
        return bundles
          .forPut(dirname(path))
          .names()
          .map((name) => join(dirname(path), name))
      })
      return keys.map((path) => relative(root, path).split(sep).join('/')).filter((key) => key.startsWith(prefix))
    },
  }
}

/** Bundles by folder. Few stay open: puts and gets follow the days. */
function openBundles() {
  const open = new Map<string, ObjectBundle>()
  const keep = (folder: string, bundle: ObjectBundle | undefined): ObjectBundle | undefined => {
    if (!bundle) return undefined
    open.set(folder, bundle)
    const [oldest] = open.keys()
    if (open.size > BUNDLES_OPEN_MAX && oldest !== undefined) {
      open.get(oldest)?.close()
      open.delete(oldest)
    }
    return bundle
  }
  return {
    forPut: (folder: string): ObjectBundle =>
      open.get(folder) ?? (keep(folder, ObjectBundle.openForPut(join(folder, BUNDLE_NAME))) as ObjectBundle),
    /** Undefined where the object of that path is in no bundle. */
    forGet(path: string): ObjectBundle | undefined {
      if (!SHA256_NAME.test(basename(path))) return undefined
      const folder = dirname(path)
      return open.get(folder) ?? keep(folder, ObjectBundle.openForGet(join(folder, BUNDLE_NAME)))
    },
  }
}

function fileWriter() {
  const madeFolders = new Set<string>()
  const unique = randomUUID()
  let counter = 0
  const makeFolder = (path: string): void => {
    const parent = dirname(path)
    if (madeFolders.has(parent)) return
    mkdirSync(parent, { recursive: true })
    madeFolders.add(parent)
  }
  const temporaryFor = (path: string): string => `${path}.${unique}-${counter++}.part`
  return {
    async put(path: string, bytes: Uint8Array, sidecar: Sidecar | undefined): Promise<void> {
      if (existsSync(path)) return
      makeFolder(path)
      if (sidecar) writeWhole(`${path}${SIDECAR_SUFFIX}`, Buffer.from(JSON.stringify(sidecar)), temporaryFor(path))
      const temporary = temporaryFor(path)
      if (bytes.length <= SMALL_BYTES) return writeWhole(path, bytes, temporary)
      await writeFile(temporary, bytes)
      await rename(temporary, path)
    },
  }
}

function writeWhole(path: string, bytes: Uint8Array, temporary: string): void {
  writeFileSync(temporary, bytes)
  renameSync(temporary, path)
}

function listFiles(root: string): string[] {
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(SIDECAR_SUFFIX) && !entry.name.endsWith('.part'))
    .map((entry) => join(entry.parentPath, entry.name))
}
