export { openFolderObjectStore } from './folder-object-store.ts'
export { ObjectNotFoundError, type ObjectStore, type Sidecar } from './object-store.ts'
export { openS3ObjectStore, type S3Options } from './s3-object-store.ts'
