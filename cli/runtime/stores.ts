import { join } from 'node:path'
import { type ObjectStore, openFolderObjectStore, openS3ObjectStore } from '../../connectors/index.ts'
import type { Settings } from '../settings.ts'

/** Raw bytes: a folder, or the bucket of the settings. */
export async function openRawObjects(settings: Settings): Promise<ObjectStore> {
  const { s3 } = settings
  if (!s3) return openFolderObjectStore(join(settings.dataFolder, 'objects'))
  return openS3ObjectStore({ endpoint: s3.endpoint, accessKey: s3.accessKey, secretKey: s3.secretKey, bucket: s3.rawBucket })
}
