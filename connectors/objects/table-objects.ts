import type { Clock } from '../../streams/index.ts'
import { ObjectNotFoundError } from './object-store.ts'
import { clientOf, ensureBucket, isMissing, type S3Options, withPatience } from './s3-object-store.ts'

/** An object as a listing shows it. */
export interface ListedObject {
  readonly uri: string
  readonly bytes: bigint
  readonly modifiedMs: number
}

/** Objects that make up tables, by URI, `s3a://bucket/key`: nobody overwrites one, and who wrote it is told. */
export interface TableObjects {
  /** `exists` where an object of that name was there already, whoever made it: perhaps this very call, sent again. */
  create(uri: string, bytes: Uint8Array): Promise<'created' | 'exists'>
  /** Throws ObjectNotFoundError naming the URI. */
  get(uri: string): Promise<Uint8Array>
  /** Everything below a folder. */
  list(folder: string): Promise<readonly ListedObject[]>
  /** Those that are gone already are no error. */
  remove(uris: readonly string[]): Promise<void>
}

export type TableObjectsOptions = Omit<S3Options, 'bucket' | 'prefix'> & {
  readonly clock: Clock
  /** Made where it is missing. */
  readonly bucket: string
}

/** Objects of an S3 store. An outage is waited out for the patience given, then OutageError. */
export async function openTableObjects(options: TableObjectsOptions): Promise<TableObjects> {
  const client = await clientOf(options)
  const retry = <T>(work: () => Promise<T>): Promise<T> => withPatience(work, options, options.endpoint)
  await retry(() => ensureBucket(client, options.bucket))
  return {
    create: (uri, bytes) =>
      retry(async () => {
        const { bucket, key } = placeOf(uri)
        const headers = { 'if-none-match': '*', 'content-type': 'application/octet-stream' }
        const request = { method: 'PUT', bucketName: bucket, objectName: key, headers }
        const response = await client.makeRequestAsync(request, Buffer.from(bytes), [200, 412])
        response.resume()
        return response.statusCode === 412 ? 'exists' : 'created'
      }),
    get: (uri) =>
      retry(async () => {
        const { bucket, key } = placeOf(uri)
        try {
          const chunks: Buffer[] = []
          for await (const chunk of await client.getObject(bucket, key)) chunks.push(chunk as Buffer)
          return Buffer.concat(chunks)
        } catch (error) {
          throw isMissing(error) ? new ObjectNotFoundError(uri, options.endpoint) : error
        }
      }),
    list: (folder) =>
      retry(async () => {
        const { bucket, key } = placeOf(folder)
        const listed: ListedObject[] = []
        for await (const item of client.listObjectsV2(bucket, key, true))
          listed.push({
            uri: `s3a://${bucket}/${String(item.name)}`,
            bytes: BigInt(item.size ?? 0),
            modifiedMs: item.lastModified?.getTime() ?? 0,
          })
        return listed
      }),
    remove: (uris) =>
      retry(async () => {
        for (const uri of uris) {
          const { bucket, key } = placeOf(uri)
          await client.removeObject(bucket, key)
        }
      }),
  }
}

/** Throws TypeError where the URI is none of S3. */
function placeOf(uri: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.*)$/.exec(uri) ?? []
  if (bucket === undefined || key === undefined) throw new TypeError(`${uri} is no s3a://bucket/key`)
  return { bucket, key }
}
