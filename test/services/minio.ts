import { join } from 'node:path'
import { binFolder, freshRunFolder } from './cache.ts'
import { installGoProgram } from './go-program.ts'
import { freePort, launch } from './launch.ts'
import type { Part } from './part.ts'
import type { Breakable } from './running.ts'

const PROGRAM = {
  module: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  sum: 'h1:/qdoYujxF5MBLDMVLeiYJ/7fBa1HikX39Dvzb9Ji8pA=',
} as const

export const minioPart: Part = {
  name: 'minio',
  version: PROGRAM.version,
  fingerprint: JSON.stringify(PROGRAM),
  tools: ['go'],
  heavy: true,
  files: () => [join(binFolder, 'minio')],
  install: () => installGoProgram('minio', PROGRAM),
  otherwise: 'set S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY to an S3 store, or start a Docker engine',
}

export const MINIO_ACCESS_KEY = 'minio'
export const MINIO_SECRET_KEY = 'minio12345'

export interface RunningMinio extends Breakable {
  /** `http://host:port` */
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
}

/** Starts an S3 store without buckets. */
export async function startMinio(): Promise<RunningMinio> {
  const [port, consolePort] = [await freePort(), await freePort()]
  const folder = freshRunFolder('minio')
  const endpoint = `http://127.0.0.1:${port}`
  const minio = await launch({
    name: 'minio',
    command: join(binFolder, 'minio'),
    args: [
      'server',
      '--address',
      `127.0.0.1:${port}`,
      '--console-address',
      `127.0.0.1:${consolePort}`,
      join(folder, 'data'),
    ],
    folder,
    env: {
      ...process.env,
      HOME: folder,
      MINIO_ROOT_USER: MINIO_ACCESS_KEY,
      MINIO_ROOT_PASSWORD: MINIO_SECRET_KEY,
      MINIO_CI_CD: '1',
      MINIO_BROWSER: 'off',
    },
    ready: new URL(`${endpoint}/minio/health/ready`),
  })
  return Object.assign(minio, { endpoint, accessKey: MINIO_ACCESS_KEY, secretKey: MINIO_SECRET_KEY })
}
