import type { TestProject } from 'vitest/node'
import { type Lakehouse, openLakehouse } from './lakehouse.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The analytics plane of this test run, or why there is none. */
    lakehouse: Lakehouse | { readonly missing: string }
  }
}

/** Starts the metastore and Trino over the parts that `global-setup.ts` started. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { services } = project.getProvidedContext()
  const { minio, postgres } = services
  try {
    if (minio === undefined || postgres === undefined) throw new Error('needs minio and postgres')
    const { stop, ...lakehouse } = await openLakehouse({ minio, postgres })
    project.provide('lakehouse', lakehouse)
    return stop
  } catch (error) {
    if (process.env['STONKS_CI'] === '1') throw error
    const missing = error instanceof Error ? error.message : String(error)
    console.warn(`not tested against the lakehouse: ${missing}`)
    project.provide('lakehouse', { missing })
    return async () => {}
  }
}
