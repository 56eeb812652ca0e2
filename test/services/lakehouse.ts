import { Client } from 'minio'
import { type Endpoints, toEnvironment } from './endpoints.ts'
import { startHive } from './hive.ts'
import { isPresent } from './install-parts.ts'
import { analyticsParts } from './parts.ts'
import type { Running } from './running.ts'
import { startTrino } from './trino.ts'

/** The analytics plane: where each part of it is. */
export interface Lakehouse {
  readonly minio: Endpoints['minio']
  /** `s3a://bucket/prefix`; the bucket is there. */
  readonly warehouse: string
  /** `thrift://host:port` */
  readonly hiveUri: string
  /** `http://host:port` */
  readonly trinoUrl: string
}

export interface OpenLakehouse extends Lakehouse {
  /** Ends what was started here. */
  stop(): Promise<void>
}

const BUCKET = 'stonks-lakehouse'

/**
 * A metastore and Trino over these parts: those that HIVE_METASTORE_URI and TRINO_URL name, else native ones.
 * @throws Error naming what is missing and how to give it.
 */
export async function openLakehouse(found: Pick<Endpoints, 'minio' | 'postgres'>): Promise<OpenLakehouse> {
  const { minio, postgres } = found
  const warehouse = `s3a://${BUCKET}/warehouse`
  await makeBucket(minio)
  const { HIVE_METASTORE_URI: hiveUri, TRINO_URL: trinoUrl } = process.env
  if (hiveUri && trinoUrl) return { minio, warehouse, hiveUri, trinoUrl, stop: async () => {} }
  const absent = analyticsParts.filter((part) => !isPresent(part)).map((part) => part.name)
  if (absent.length > 0)
    throw new Error(`${absent.join(' and ')} not installed. Run: node test/services/install.ts ${absent.join(' ')}`)
  const running: Running[] = []
  const stop = async (): Promise<void> => {
    for (const one of running.reverse()) await one.stop()
  }
  try {
    const hive = await startHive({ minio, postgres, warehouse })
    running.push(hive)
    const trino = await startTrino({ minio, hiveUri: hive.uri })
    running.push(trino)
    return { minio, warehouse, hiveUri: hive.uri, trinoUrl: trino.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The environment that names the plane to `stonks`. */
export const lakehouseEnvironment = ({ minio, warehouse, hiveUri, trinoUrl }: Lakehouse): Record<string, string> => ({
  ...toEnvironment({ minio }),
  LAKE_WAREHOUSE: warehouse,
  HIVE_METASTORE_URI: hiveUri,
  TRINO_URL: trinoUrl,
})

async function makeBucket({ endpoint, accessKey, secretKey }: Endpoints['minio']): Promise<void> {
  const { hostname, port, protocol } = new URL(endpoint)
  const useSSL = protocol === 'https:'
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL, accessKey, secretKey })
  if (!(await client.bucketExists(BUCKET))) await client.makeBucket(BUCKET)
}
