import { describe, inject, TestRunner } from 'vitest'
import type { Endpoints, ServiceName } from './index.ts'

/**
 * Inside a test: where `name` is, or the running test is skipped with the reason. In a hook, where nothing can be
 * skipped, it throws; put such tests under {@link describeWith}.
 */
export function requireService<Name extends ServiceName>(name: Name): Endpoints[Name] {
  const found = inject('services')[name]
  if (found !== undefined) return found
  const reason = whyMissing(name)
  TestRunner.getCurrentTest()?.context.skip(reason)
  throw new Error(reason)
}

/**
 * A suite whose tests and hooks need the named parts; skipped whole where one of them is missing. `body` is then still
 * read, as vitest reads every suite, and is handed addresses at which nothing answers.
 */
export function describeWith<Name extends ServiceName>(
  names: readonly Name[],
  title: string,
  body: (services: Pick<Endpoints, Name>) => void,
): void {
  const services = inject('services')
  const missing = names.filter((name) => services[name] === undefined)
  const found = Object.fromEntries(names.map((name) => [name, services[name] ?? NOWHERE[name]]))
  const reason = missing.length === 0 ? title : `${title} (${missing.map(whyMissing).join('; ')})`
  describe.skipIf(missing.length > 0)(reason, () => body(found as Pick<Endpoints, Name>))
}

function whyMissing(name: ServiceName): string {
  return `needs ${name}: ${inject('missingServices')[name] ?? 'it is not among the parts that this run started'}`
}

const NOWHERE: Endpoints = {
  kafka: { brokers: ['127.0.0.1:1'] },
  registry: { url: 'http://127.0.0.1:1' },
  redis: { url: 'redis://127.0.0.1:1' },
  postgres: { url: 'postgres://127.0.0.1:1/none' },
  minio: { endpoint: 'http://127.0.0.1:1', accessKey: '', secretKey: '' },
  ollama: { url: 'http://127.0.0.1:1', model: '' },
}
