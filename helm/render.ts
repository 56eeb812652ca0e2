import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { kube } from '../test/services/index.ts'

export const chart = join(import.meta.dirname, 'stonks-oracle')
export const { helm, kubeconform, schemaLocation } = kube

/** What must be installed for the tests of the chart, and is not. In CI that is a failure; elsewhere they are left out, saying so. */
export function missingTools(): string[] {
  const missing = [helm, kubeconform, dirname(schemaLocation)].filter((path) => !existsSync(path))
  if (missing.length > 0) process.stderr.write(`chart tests left out: ${missing.join(', ')} not installed\n`)
  return missing
}

// The manifests are read as they come: what Kubernetes would make of them is kubeconform's to say.
export type Manifest = any

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  /** Both outputs, for people. */
  readonly output: string
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], input?: string): Ran {
  const done = spawnSync(program, args, { encoding: 'utf8', input, maxBuffer: 1 << 26 })
  return { status: done.status, stdout: done.stdout, output: `${done.stdout}${done.stderr}` }
}

/** The chart rendered with values set on the command line, as one YAML stream. Throws what helm said. */
export function renderText(...set: readonly string[]): string {
  const args = set.flatMap((value) => ['--set', value])
  const ran = run(helm, ['template', 'stonks', chart, '--namespace', 'stonks-oracle', ...args])
  if (ran.status !== 0) throw new Error(ran.output)
  return ran.stdout
}

export class Rendered {
  readonly text: string
  readonly all: readonly Manifest[]

  constructor(...set: readonly string[]) {
    this.text = renderText(...set)
    this.all = parseAllDocuments(this.text)
      .map((document) => document.toJS() as Manifest)
      .filter((manifest) => manifest !== null)
  }

  /** Manifests of a kind by name. A name twice is a mistake of its own. */
  kind(kind: string): Record<string, Manifest> {
    const found = this.all.filter((manifest) => manifest.kind === kind)
    const byName = Object.fromEntries(found.map((manifest) => [manifest.metadata.name, manifest]))
    if (Object.keys(byName).length !== found.length) throw new Error(`two manifests of kind ${kind} share a name`)
    return byName
  }

  get deployments(): Record<string, Manifest> {
    return this.kind('Deployment')
  }
}

/** Every container of a pod, init containers first. */
export function containers(deployment: Manifest): Manifest[] {
  const { initContainers = [], containers: main } = deployment.spec.template.spec
  return [...initContainers, ...main]
}

export function mainContainer(deployment: Manifest): Manifest {
  return deployment.spec.template.spec.containers[0]
}

/** Names of what a container reads by `kind`, through envFrom, env, or (in its pod) volumes. */
export function reads(deployment: Manifest, kind: 'secret' | 'configMap'): string[] {
  const names = containers(deployment).flatMap((container) => [
    ...(container.envFrom ?? []).map((from: Manifest) => from[`${kind}Ref`]?.name),
    ...(container.env ?? []).map((entry: Manifest) => entry.valueFrom?.[`${kind}KeyRef`]?.name),
  ])
  const volumes = (deployment.spec.template.spec.volumes ?? []).map(
    (volume: Manifest) => volume[kind]?.secretName ?? volume[kind]?.name,
  )
  return [...new Set([...names, ...volumes].filter((name) => name !== undefined))].sort() as string[]
}
