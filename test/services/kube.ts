import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binFolder, cacheFolder, mustMatch, removeFolder } from './cache.ts'
import { run } from './command.ts'
import { installGoProgram } from './go-program.ts'
import { type OpenApi, resourceSchemas } from './kube-schemas.ts'
import type { Part } from './part.ts'

const KUBERNETES = { version: 'v1.36.3', sum: 'h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=' } as const
const HELM_MODULE = 'helm.sh/helm/v3'
// A plain build believes that every cluster is v1.20, and then refuses charts for a newer one.
const clusterFlags = ['pkg/chartutil', 'pkg/lint/rules'].flatMap((name) => [
  `-X ${HELM_MODULE}/${name}.k8sVersionMajor=1`,
  `-X ${HELM_MODULE}/${name}.k8sVersionMinor=36`,
])
const HELM = {
  module: HELM_MODULE,
  version: 'v3.22.0',
  sum: 'h1:n1if5iQgHYsujPAcO5oonH/KiSNUmqmUF0iGVjSF3AU=',
  package: `${HELM_MODULE}/cmd/helm`,
  ldflags: ['-s -w', `-X ${HELM_MODULE}/internal/version.version=v3.22.0`, ...clusterFlags].join(' '),
} as const
const KUBECONFORM = {
  module: 'github.com/yannh/kubeconform',
  version: 'v0.8.0',
  sum: 'h1:loDYd3a3spjIFrauqW67CDKF55Oo9R6uvC8AvpVd4ug=',
  package: 'github.com/yannh/kubeconform/cmd/kubeconform',
} as const
const schemasFolder = join(cacheFolder, 'kube-schemas', KUBERNETES.version)

/** Where the programs and schemas lie once installed. */
export const kube = {
  helm: join(binFolder, 'helm'),
  kubeconform: join(binFolder, 'kubeconform'),
  /** For kubeconform's `-schema-location`. */
  schemaLocation: join(schemasFolder, '{{.ResourceKind}}{{.KindSuffix}}.json'),
} as const

export const helmPart: Part = {
  name: 'helm',
  version: HELM.version,
  fingerprint: JSON.stringify(HELM),
  tools: ['go'],
  heavy: true,
  files: () => [kube.helm],
  install: () => installGoProgram('helm', HELM),
  otherwise: 'the chart is checked where Go can build Helm 3',
}

export const kubeconformPart: Part = {
  name: 'kubeconform',
  version: KUBECONFORM.version,
  fingerprint: JSON.stringify([KUBECONFORM, KUBERNETES]),
  tools: ['go'],
  files: () => [kube.kubeconform, schemasFolder],
  install: installKubeconform,
  otherwise: 'the rendered chart is checked against Kubernetes schemas where Go can build kubeconform',
}

async function installKubeconform(): Promise<void> {
  await installGoProgram('kubeconform', KUBECONFORM)
  const wanted = `k8s.io/kubernetes@${KUBERNETES.version}`
  const module = JSON.parse(await run('go', ['mod', 'download', '-json', wanted])) as { Dir: string; Sum: string }
  mustMatch(wanted, module.Sum, KUBERNETES.sum)
  const openApi = JSON.parse(readFileSync(join(module.Dir, 'api/openapi-spec/swagger.json'), 'utf8')) as OpenApi
  const work = `${schemasFolder}.partial`
  removeFolder(work)
  mkdirSync(work, { recursive: true })
  for (const [name, schema] of resourceSchemas(openApi)) writeFileSync(join(work, name), JSON.stringify(schema))
  removeFolder(schemasFolder)
  renameSync(work, schemasFolder)
}
