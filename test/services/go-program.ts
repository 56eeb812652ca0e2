import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { binFolder, mustMatch } from './cache.ts'
import { run } from './command.ts'

export interface GoProgram {
  /** Module of the program, without version. */
  readonly module: string
  readonly version: string
  /** The Go checksum (`h1:`) of that module version; the built program carries it. */
  readonly sum: string
  /** Package to build, where it is not the module itself. */
  readonly package?: string
  readonly ldflags?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Builds `program` into the cache's `bin/` and checks which source it was built from. */
export async function installGoProgram(name: string, program: GoProgram): Promise<void> {
  mkdirSync(binFolder, { recursive: true })
  const source = `${program.package ?? program.module}@${program.version}`
  const env = { ...process.env, ...program.env, GOBIN: binFolder, GOFLAGS: '' }
  await run('go', ['install', '-ldflags', program.ldflags ?? '-s -w', source], { env })
  const described = await run('go', ['version', '-m', join(binFolder, name)])
  const line = described.split('\n').find((text) => text.startsWith('\tmod\t'))
  const [, , module = '', version = '', sum = ''] = (line ?? '').split('\t')
  mustMatch(`${name} (${module} ${version})`, sum, program.sum)
}
