export { openTableObjects, type TableObjects } from './table-objects.ts'

import type { ObjectStore } from './object-store.ts'
import type { S3Options } from './s3-object-store.ts'

export { openFolderObjectStore } from './folder-object-store.ts'
export { ObjectNotFoundError, type ObjectStore, type Sidecar } from './object-store.ts'
export type { S3Options } from './s3-object-store.ts'

/** As `openS3ObjectStore` of its file, whose client is loaded only here: most processes keep objects in a folder. */
export async function openS3ObjectStore(options: S3Options): Promise<ObjectStore> {
  const { openS3ObjectStore: open } = await import('./s3-object-store.ts')
  return open(options)
}
