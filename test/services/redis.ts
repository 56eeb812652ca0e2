import { connect } from 'node:net'
import { freshRunFolder } from './cache.ts'
import { findOnPath } from './command.ts'
import { freePort, launch } from './launch.ts'
import type { Part } from './part.ts'
import type { Breakable } from './running.ts'

export const redisPart: Part = {
  name: 'redis',
  version: 'of the system',
  fingerprint: 'apt redis-server',
  tools: [],
  debian: ['redis-server'],
  files: () => [findOnPath('redis-server') ?? '/usr/bin/redis-server'],
  install: async () => {},
  otherwise: 'install the package redis-server, set REDIS_URL, or start a Docker engine',
}

export interface RunningRedis extends Breakable {
  readonly url: string
}

export interface RedisOptions {
  /** Keeps its data over kill and restart; otherwise it forgets, as a cache does. */
  readonly appendOnly?: boolean
  /** Further arguments of the command line: a configuration file first, a `--port` of its own, anything else. */
  readonly args?: readonly string[]
}

/** Starts Redis, or what its arguments make of it: a node of a cluster, a sentinel. */
export async function startRedis({ appendOnly, args = [] }: RedisOptions = {}): Promise<RunningRedis> {
  const command = findOnPath('redis-server')
  if (command === undefined) throw new Error(`redis-server is missing: ${redisPart.otherwise}`)
  const isFile = args[0]?.startsWith('--') === false
  const file = args.slice(0, isFile ? 1 : 0)
  const flags = args.slice(file.length)
  const given = flags.indexOf('--port')
  const port = given < 0 ? await freePort() : Number(flags[given + 1])
  const folder = freshRunFolder('redis')
  const keeping = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']
  const redis = await launch({
    name: 'redis',
    command,
    args: [
      ...file,
      ...(flags.includes('--sentinel') ? [] : ['--save', '', ...keeping]),
      ...['--port', String(port), '--bind', '127.0.0.1', '--daemonize', 'no', '--dir', folder, ...flags],
    ],
    folder,
    ready: () => pings(port),
  })
  return Object.assign(redis, { url: `redis://127.0.0.1:${port}` })
}

function pings(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
  socket.setTimeout(1000, () => socket.destroy())
  socket.on('data', (data) => {
    // One that wants a password first is there as well.
    resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()))
    socket.end()
  })
  socket.on('error', () => resolve(false))
  socket.on('close', () => resolve(false))
  return promise
}
