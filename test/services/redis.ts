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

/** Starts Redis. `appendOnly` keeps its data over kill and restart; otherwise it forgets, as a cache does. */
export async function startRedis(options: { readonly appendOnly?: boolean } = {}): Promise<RunningRedis> {
  const command = findOnPath('redis-server')
  if (command === undefined) throw new Error(`redis-server is missing: ${redisPart.otherwise}`)
  const port = await freePort()
  const folder = freshRunFolder('redis')
  const keeping = options.appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']
  const redis = await launch({
    name: 'redis',
    command,
    args: [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--daemonize',
      'no',
      '--dir',
      folder,
      ...keeping,
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
    resolve(data.toString().startsWith('+PONG'))
    socket.end()
  })
  socket.on('error', () => resolve(false))
  socket.on('close', () => resolve(false))
  return promise
}
