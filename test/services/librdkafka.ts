import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { cacheFolder, mustMatch, removeFolder } from './cache.ts'
import { findOnPath, run } from './command.ts'
import type { Part } from './part.ts'

const PACKAGE = '@confluentinc/kafka-javascript'
const CLIENT_VERSION = '1.10.1'
/** The registry's own checksum of the package, as a lock file names it. */
const INTEGRITY = 'sha512-KVePUBn21EqCVP9mfxzEuM3SYJHHEF7X+iiC2e43QQgDSyEaksInmCGooT3w5q+cNAdkSCrK71j0ICfqoSqZLw=='
const folder = join(cacheFolder, 'librdkafka')

export const librdkafkaPart: Part = {
  name: 'librdkafka',
  version: CLIENT_VERSION,
  // One build serves one Node ABI.
  fingerprint: `${CLIENT_VERSION} ${INTEGRITY} ${process.versions.modules} ${process.arch}`,
  tools: ['npm'],
  debian: [
    ...['g++', 'make', 'python3', 'pkg-config', 'binutils', 'rapidjson-dev', 'zlib1g-dev', 'libssl-dev'],
    ...['libcurl4-openssl-dev', 'libzstd-dev', 'liblz4-dev', 'libsasl2-dev'],
  ],
  heavy: true,
  files: () => [join(folder, 'package.json'), join(folder, 'node_modules', PACKAGE, 'build', 'Release')],
  install: installLibrdkafka,
  otherwise: 'the native Kafka client needs a C++ compiler and the libraries ssl, curl, zstd, lz4, sasl2 with headers',
}

async function installLibrdkafka(): Promise<void> {
  const work = `${folder}.partial`
  removeFolder(work)
  mkdirSync(work, { recursive: true })
  const manifest = { private: true, dependencies: { [PACKAGE]: CLIENT_VERSION }, allowScripts: { [PACKAGE]: true } }
  writeFileSync(join(work, 'package.json'), JSON.stringify(manifest))
  const npm = (...args: string[]): Promise<string> =>
    run('npm', [...args, '--no-fund', '--no-audit', '--loglevel=error'], { cwd: work, env: buildEnv() })
  await npm('install', '--package-lock-only', '--ignore-scripts')
  const lock = JSON.parse(readFileSync(join(work, 'package-lock.json'), 'utf8'))
  mustMatch(PACKAGE, lock.packages[`node_modules/${PACKAGE}`].integrity, INTEGRITY)
  await npm('ci')
  await keepOnlyWhatRuns(join(work, 'node_modules', PACKAGE))
  loadFrom(work)
  removeFolder(folder)
  renameSync(work, folder)
}

/** The native Kafka client. @throws Error where it is not installed. */
export function loadLibrdkafka(): unknown {
  return loadFrom(folder)
}

function loadFrom(path: string): unknown {
  return createRequire(join(path, 'package.json'))(PACKAGE)
}

function buildEnv(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, CKJS_LINKING: 'dynamic' }
  // Its makefiles take JOBS for a setting of their own and lose a rule.
  delete env['JOBS']
  const headers = join(dirname(dirname(process.execPath)), 'node_modules', `node-${process.platform}-${process.arch}`)
  if (existsSync(headers)) env['npm_config_nodedir'] = headers
  env['PATH'] = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  return env
}

/** 280 MB of sources and objects make 4 MB that run. */
async function keepOnlyWhatRuns(path: string): Promise<void> {
  const build = join(path, 'build')
  const kept = ['Release/confluent-kafka-javascript.node', 'deps/librdkafka.so.1', 'deps/librdkafka++.so.1']
  for (const part of ['Release', 'deps']) {
    for (const name of readdirSync(join(build, part))) {
      if (!kept.includes(`${part}/${name}`)) rmSync(join(build, part, name), { recursive: true, force: true })
    }
  }
  for (const name of readdirSync(build)) {
    if (name !== 'Release' && name !== 'deps') rmSync(join(build, name), { recursive: true, force: true })
  }
  removeFolder(join(path, 'deps'))
  const files = kept.map((name) => join(build, name)).filter((file) => lstatSync(file).isFile())
  if (findOnPath('strip') !== undefined) await run('strip', ['--strip-unneeded', ...files])
}
