import { existsSync } from 'node:fs'
import { isInstalled, markInstalled } from './cache.ts'
import { findOnPath, run } from './command.ts'
import type { Part } from './part.ts'

/** Two cores build two things at once; more only makes each of them later. */
const HEAVY_AT_ONCE = 2

export interface Outcome {
  readonly part: Part
  readonly how: 'present' | 'installed' | 'failed'
  readonly tookMs: number
  /** Why it failed, and what to do. */
  readonly reason?: string
}

/** True where `part` lies there, installed to the recipe of today. */
export function isPresent(part: Part): boolean {
  const there = part.files().every((path) => existsSync(path))
  // What no tool of ours puts there needs no memory of how it came.
  return there && (part.tools.length === 0 || isInstalled(part.name, part.fingerprint))
}

/**
 * Installs what is not there yet, side by side, heavy builds two at a time. Never throws: a part that failed is in the
 * outcome, and the others go on. `report` is told of each part as it ends.
 */
export async function installParts(
  wanted: readonly Part[],
  report: (outcome: Outcome) => void,
): Promise<readonly Outcome[]> {
  const missing = wanted.filter((part) => !isPresent(part))
  const debian = debianPackages(missing.flatMap((part) => part.debian ?? []))
  const heavy = gate(HEAVY_AT_ONCE)
  // Maven's first run fills one repository; two at once would fetch its plugins twice.
  const maven = gate(1)
  return Promise.all(
    wanted.map(async (part) => {
      const startedMs = performance.now()
      const through = part.tools.includes('mvn') ? maven : part.heavy ? heavy : gate(1)
      const reason = missing.includes(part) ? await through(() => installOne(part, debian)) : undefined
      const how = reason !== undefined ? 'failed' : missing.includes(part) ? 'installed' : 'present'
      const outcome: Outcome = {
        part,
        how,
        tookMs: performance.now() - startedMs,
        ...(reason === undefined ? {} : { reason }),
      }
      report(outcome)
      return outcome
    }),
  )
}

async function installOne(part: Part, debian: Promise<string | undefined>): Promise<string | undefined> {
  const lacking = part.tools.filter((tool) => findOnPath(tool) === undefined)
  if (lacking.length > 0) return `needs ${lacking.join(' and ')}, not found on PATH`
  const problem = part.debian === undefined ? undefined : await debian
  try {
    await part.install()
  } catch (error) {
    const own = error instanceof Error ? error.message : String(error)
    return problem === undefined ? own : `${own}\n    before that: ${problem}`
  }
  const absent = part.files().find((path) => !existsSync(path))
  if (absent !== undefined) return problem ?? `${absent} is not there after the install`
  markInstalled(part.name, part.fingerprint)
  return undefined
}

/** Installs the packages that are missing, all in one go; gives what went wrong. */
async function debianPackages(names: readonly string[]): Promise<string | undefined> {
  const wanted = [...new Set(names)]
  if (wanted.length === 0) return undefined
  const manual = `as root: apt-get install --no-install-recommends ${wanted.join(' ')}`
  if (findOnPath('apt-get') === undefined)
    return `apt-get is missing; give these packages' equivalents: ${wanted.join(' ')}`
  const missing = await notInstalled(wanted)
  if (missing.length === 0) return undefined
  if (process.getuid?.() !== 0) return `packages ${missing.join(' ')} are missing and this is not root; ${manual}`
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (...args: string[]): Promise<string> =>
    run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], { env })
  try {
    await apt('update')
    await apt('install', '-y', '--no-install-recommends', ...missing)
    return undefined
  } catch (error) {
    return `${error instanceof Error ? error.message : error}\n    ${manual}`
  }
}

async function notInstalled(names: readonly string[]): Promise<readonly string[]> {
  const listed = await run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n']).catch(() => '')
  const there = new Set(listed.split('\n').flatMap((line) => (line.startsWith('installed ') ? [line.slice(10)] : [])))
  return names.filter((name) => !there.has(name))
}

/** Lets `width` jobs through at a time. */
function gate(width: number): <T>(job: () => Promise<T>) => Promise<T> {
  let free = width
  const waiting: (() => void)[] = []
  return async (job) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await job()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
