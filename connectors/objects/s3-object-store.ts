import type { Client, S3Error } from 'minio'
import type { Clock } from '../../streams/index.ts'
import { OutageError } from '../outage.ts'
import { ObjectNotFoundError, type ObjectStore, type Sidecar } from './object-store.ts'

export interface S3Options {
  /** `http://minio:9000`; the scheme decides about TLS. */
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly bucket: string
  /** Put before every key, `warehouse`. */
  readonly prefix?: string
  readonly region?: string
  readonly clock: Clock
  /** How long an outage is waited out before the error is thrown; 60 s unless given. */
  readonly patienceMs?: number
}

const PATIENCE_MS = 60_000
const BACKOFF_FIRST_MS = 200
const BACKOFF_MAX_MS = 10_000
const META_VALUE_MAX = 1024

/**
 * Objects in a bucket of MinIO or any S3, the sidecar as user metadata. The bucket is made where it is missing. A put
 * is create-only (`If-None-Match: *`), so an existing key is kept. An outage is retried with backoff, then OutageError.
 */
export async function openS3ObjectStore(options: S3Options): Promise<ObjectStore> {
  const client = await clientOf(options)
  const { bucket } = options
  const where = `${options.endpoint}/${bucket}`
  const keyOf = (key: string): string => (options.prefix ? `${options.prefix.replace(/\/+$/, '')}/${key}` : key)
  const retry = <T>(work: () => Promise<T>): Promise<T> => withPatience(work, options, where)
  await retry(() => ensureBucket(client, bucket))
  return {
    async put(key, bytes, sidecar = {}) {
      const request = { method: 'PUT', bucketName: bucket, objectName: keyOf(key), headers: headersOf(sidecar) }
      await retry(() => client.makeRequestAsyncOmit(request, Buffer.from(bytes), [200, 412]))
    },
    get: (key) =>
      retry(async () => {
        try {
          const chunks: Buffer[] = []
          for await (const chunk of await client.getObject(bucket, keyOf(key))) chunks.push(chunk as Buffer)
          return Buffer.concat(chunks)
        } catch (error) {
          throw isMissing(error) ? new ObjectNotFoundError(key, where) : error
        }
      }),
    has: (key) =>
      retry(async () => {
        try {
          await client.statObject(bucket, keyOf(key))
          return true
        } catch (error) {
          if (isMissing(error)) return false
          throw error
        }
      }),
    list: (prefix) =>
      retry(async () => {
        const keys: string[] = []
        for await (const item of client.listObjectsV2(bucket, keyOf(prefix), true)) keys.push(String(item.name))
        return keys.map((key) => key.slice(keyOf('').length))
      }),
  }
}

/** The package is loaded when somebody has a store: most processes have none. */
export async function clientOf(options: Omit<S3Options, 'bucket'>): Promise<Client> {
  const { Client } = await import('minio')
  const url = new URL(options.endpoint)
  const useSSL = url.protocol === 'https:'
  const { accessKey, secretKey, region = 'us-east-1' } = options
  const port = url.port === '' ? (useSSL ? 443 : 80) : Number(url.port)
  return new Client({ endPoint: url.hostname, port, useSSL, accessKey, secretKey, region, pathStyle: true })
}

/** Two processes may find it missing at once: who comes second is content. */
export async function ensureBucket(client: Client, bucket: string): Promise<void> {
  if (await client.bucketExists(bucket)) return
  try {
    await client.makeBucket(bucket)
  } catch (error) {
    if (!(await client.bucketExists(bucket))) throw error
  }
}

/** Metadata travels in headers: ASCII, percent-encoded where it is not. */
function headersOf(sidecar: Sidecar): Record<string, string> {
  const entries = Object.entries(sidecar).map(([name, value]) => [
    `x-amz-meta-${name.toLowerCase().replaceAll('_', '-')}`,
    value.replace(/[^\x21-\x7e]/gu, encodeURIComponent).slice(0, META_VALUE_MAX),
  ])
  return {
    'if-none-match': '*',
    'content-type': sidecar['content_type'] ?? 'application/octet-stream',
    ...Object.fromEntries(entries),
  }
}

/** What the server answered; everything else happened on the way. */
const isS3Error = (error: unknown): error is S3Error => error instanceof Error && error.name === 'S3Error'

/** True where the store says that there is no such object. */
export const isMissing = (error: unknown): boolean =>
  isS3Error(error) && ['NoSuchKey', 'NotFound', 'NoSuchObject'].includes(error.code ?? '')

/** An answer of the server other than "try again" is final; everything else is an outage. */
function isOutage(error: unknown): boolean {
  if (error instanceof ObjectNotFoundError) return false
  if (!isS3Error(error)) return true
  return ['InternalError', 'ServiceUnavailable', 'SlowDown', 'XMinioServerNotInitialized'].includes(error.code ?? '')
}

/** Waits outages out, then throws OutageError; any other error is thrown at once. */
export async function withPatience<T>(
  work: () => Promise<T>,
  options: Pick<S3Options, 'clock' | 'patienceMs'>,
  where: string,
): Promise<T> {
  const giveUpAt = options.clock.now() + (options.patienceMs ?? PATIENCE_MS)
  for (let backoffMs = BACKOFF_FIRST_MS; ; backoffMs = Math.min(backoffMs * 2, BACKOFF_MAX_MS)) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof ObjectNotFoundError) throw error
      if (isOutage(error) && options.clock.now() + backoffMs > giveUpAt)
        throw new OutageError(`object store ${where}`, error)
      if (!isOutage(error)) {
        throw new Error(`object store ${where}: ${(error as Error).message || (error as Error).name}`, { cause: error })
      }
    }
    await options.clock.sleep(backoffMs)
  }
}
