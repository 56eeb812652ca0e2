import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { removeFolder } from './cache.ts'
import { run } from './command.ts'
import { isPresent } from './install-parts.ts'
import { helmPart, kube, kubeconformPart } from './kube.ts'

const folder = mkdtempSync(join(tmpdir(), 'stonks-kube-'))
afterAll(() => removeFolder(folder))

const deployment = (replicas: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: one }
spec:
  ${replicas}: 2
  selector: { matchLabels: { app: one } }
  template:
    metadata: { labels: { app: one } }
    spec:
      containers:
        - name: one
          image: one:1
          ports: [{ containerPort: 80 }]
          resources: { limits: { memory: 64Mi, cpu: 1 } }
          livenessProbe: { httpGet: { path: /, port: http } }
`

const check = (text: string): Promise<string> => {
  const path = join(folder, 'one.yaml')
  writeFileSync(path, text)
  return run(kube.kubeconform, ['-strict', '-summary', '-schema-location', kube.schemaLocation, path])
}

describe.skipIf(!isPresent(kubeconformPart))('kubeconform with the schemas of Kubernetes', () => {
  test('takes a deployment that Kubernetes takes', async () => {
    expect(await check(deployment('replicas'))).toContain('Valid: 1')
  })

  test('refuses a property that Kubernetes does not know', async () => {
    await expect(check(deployment('replicaz'))).rejects.toThrow(/replicaz/)
  })
})

test.skipIf(!isPresent(helmPart))('Helm takes the cluster for one of today', async () => {
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: one\nversion: 1.0.0\nkubeVersion: ">=1.30"\n')
  expect(await run(kube.helm, ['lint', '--strict', folder])).toContain('0 chart(s) failed')
})
