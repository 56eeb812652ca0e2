import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, freshRunFolder, mustMatch, removeFolder, sha256OfFile } from './cache.ts'
import { run } from './command.ts'
import { installJava, javaOf } from './java.ts'
import { freePort, launch } from './launch.ts'
import type { Part } from './part.ts'
import type { Breakable } from './running.ts'

const REGISTRY_VERSION = '3.3.3'
const REGISTRY_SHA256 = '8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63'
const REGISTRY_JAVA = 21
const folder = join(cacheFolder, 'registry', REGISTRY_VERSION)

export const registryPart: Part = {
  name: 'registry',
  version: REGISTRY_VERSION,
  fingerprint: REGISTRY_SHA256,
  tools: ['mvn', 'tar'],
  files: () => [join(folder, 'quarkus-run.jar')],
  install: installRegistry,
  otherwise: 'set SCHEMA_REGISTRY_URL to a Confluent-compatible registry, or start a Docker engine',
}

async function installRegistry(): Promise<void> {
  await installJava(REGISTRY_JAVA)
  const work = `${folder}.partial`
  removeFolder(work)
  mkdirSync(join(work, 'app'), { recursive: true })
  const artifact = `io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`
  await run('mvn', ['-B', '-q', 'dependency:copy', `-Dartifact=${artifact}`, '-DoutputDirectory=.'], { cwd: work })
  const archive = `apicurio-registry-app-${REGISTRY_VERSION}-all.tar.gz`
  mustMatch(archive, await sha256OfFile(join(work, archive)), REGISTRY_SHA256)
  await run('tar', ['xzf', archive, '-C', 'app'], { cwd: work })
  removeFolder(folder)
  renameSync(join(work, 'app'), folder)
  removeFolder(work)
}

export interface RegistryOptions {
  /** The compatibility that new subjects get. The registry's own default is NONE. */
  readonly compatibility?: string
}

export interface RunningRegistry extends Breakable {
  /** Base of the Confluent API, without a slash at its end. */
  readonly url: string
}

/** Starts Apicurio on an H2 file, so that what was registered outlives a kill. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const [port, managementPort] = [await freePort(), await freePort()]
  const run_ = freshRunFolder('registry')
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const settings = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': port,
    'quarkus.management.host': '127.0.0.1',
    'quarkus.management.port': managementPort,
    'quarkus.http.access-log.enabled': false,
    'apicurio.storage.kind': 'sql',
    'apicurio.storage.sql.kind': 'h2',
    'apicurio.datasource.url': `jdbc:h2:file:${join(run_, 'h2', 'registry')}`,
    'apicurio.datasource.username': 'sa',
    'apicurio.datasource.password': 'sa',
  }
  const registry = await launch({
    name: 'registry',
    command: javaOf(REGISTRY_JAVA),
    args: [
      ...['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
      ...['-jar', join(folder, 'quarkus-run.jar')],
    ],
    folder: run_,
    ready: new URL(`${url}/subjects`),
  })
  await setCompatibility(url, options.compatibility ?? 'FULL_TRANSITIVE')
  return Object.assign(registry, { url })
}

/** Sets the compatibility of subjects that name none. */
export async function setCompatibility(url: string, compatibility: string): Promise<void> {
  const response = await fetch(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility }),
  })
  if (!response.ok)
    throw new Error(`registry: PUT /config ${compatibility}: ${response.status} ${await response.text()}`)
}
