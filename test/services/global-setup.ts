import type { TestProject } from 'vitest/node'
import type { Endpoints, OpenService, ServiceName } from './index.ts'
import { openService } from './index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Endpoints of the parts that run for this whole test run. */
    services: Partial<Endpoints>
    /** Why each of the others does not run. */
    missingServices: Partial<Record<ServiceName, string>>
  }
}

/** Started once for the whole run. Ollama starts in the tests that need it: few do. */
const SHARED = ['kafka', 'registry', 'redis', 'postgres', 'minio'] as const satisfies readonly ServiceName[]

/**
 * Starts the shared parts side by side and tells the tests where they are. What is missing is said plainly, and its
 * tests are skipped; with STONKS_CI=1 it is an error instead.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const tries = await Promise.allSettled(SHARED.map((name) => openService(name)))
  const open = tries.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value as OpenService<ServiceName>] : [],
  )
  const stopAll = async (): Promise<void> => {
    await Promise.all(open.map((service) => service.stop()))
  }
  const missing = Object.fromEntries(
    tries.flatMap((result, index) =>
      result.status === 'rejected' ? [[SHARED[index], String(result.reason?.message)]] : [],
    ),
  ) as Partial<Record<ServiceName, string>>
  const report = Object.entries(missing).map(([name, why]) => `${name}: ${why}`)
  if (report.length > 0 && process.env['STONKS_CI'] === '1') {
    await stopAll()
    throw new Error(`parts that the tests need did not start:\n${report.join('\n')}`)
  }
  for (const line of report) console.warn(`not tested against ${line}`)
  project.provide('services', Object.fromEntries(open.map(({ name, endpoint }) => [name, endpoint])))
  project.provide('missingServices', missing)
  return stopAll
}
