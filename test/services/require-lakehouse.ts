import { describe, inject } from 'vitest'
import type { Lakehouse } from './lakehouse.ts'

const NOWHERE: Lakehouse = {
  minio: { endpoint: 'http://127.0.0.1:1', accessKey: '', secretKey: '' },
  warehouse: 's3a://none/none',
  hiveUri: 'thrift://127.0.0.1:1',
  trinoUrl: 'http://127.0.0.1:1',
}

/** A suite that needs the analytics plane; skipped whole where there is none. `body` is read all the same. */
export function describeWithLakehouse(title: string, body: (lakehouse: Lakehouse) => void): void {
  const found = inject('lakehouse')
  const missing = 'missing' in found ? found.missing : undefined
  const name = missing === undefined ? title : `${title} (${missing})`
  describe.skipIf(missing !== undefined)(name, () => body('missing' in found ? NOWHERE : found))
}
