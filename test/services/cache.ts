import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Where everything that is fetched or built lies; safe to delete. */
export const cacheFolder = join(root, '.cache')

/** Where programs built with Go lie. */
export const binFolder = join(cacheFolder, 'bin')

const runFolder = join(cacheFolder, 'run')

/** A new empty folder for one run of a part, removed with {@link removeFolder}; those of dead processes go now. */
export function freshRunFolder(name: string): string {
  mkdirSync(runFolder, { recursive: true })
  for (const left of readdirSync(runFolder)) {
    const owner = Number(/-(\d+)-\w+$/.exec(left)?.[1] ?? Number.NaN)
    if (Number.isInteger(owner) && !isAlive(owner)) removeFolder(join(runFolder, left))
  }
  return mkdtempSync(join(runFolder, `${name}-${process.pid}-`))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}

/** True where `part` was installed to the very recipe that `fingerprint` names. */
export function isInstalled(part: string, fingerprint: string): boolean {
  const path = stampPath(part)
  return existsSync(path) && readFileSync(path, 'utf8') === fingerprint
}

/** Remembers a finished install; written last, so that a broken one is done again. */
export function markInstalled(part: string, fingerprint: string): void {
  mkdirSync(dirname(stampPath(part)), { recursive: true })
  writeFileSync(stampPath(part), fingerprint)
}

/** SHA-256 of one file, in hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** SHA-256 over the names and checksums of a folder's files, in hex: the checksum of a set of jars. */
export async function sha256OfFolder(path: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of readdirSync(path).sort()) hash.update(`${await sha256OfFile(join(path, name))}  ${name}\n`)
  return hash.digest('hex')
}

/** @throws Error naming both sums where `actual` is not the pinned one: what was fetched is not what was tested. */
export function mustMatch(what: string, actual: string, pinned: string): void {
  if (actual === pinned) return
  throw new Error(
    `${what}: checksum ${actual}, pinned ${pinned}. It is not the artefact this project was tested with, and is not used. ` +
      'Fetch it again; if it still differs, find out why before changing the pinned sum.',
  )
}

function stampPath(part: string): string {
  return join(cacheFolder, 'installed', part)
}
