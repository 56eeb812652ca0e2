import { describe, expect, test } from 'vitest'
import { containers, type Manifest, mainContainer, missingTools, Rendered, reads } from './render.ts'
import {
  ADDED_POLICIES,
  ADDED_TRADING_EGRESS,
  CONFIG,
  INIT_CONTAINERS,
  POLICIES,
  ROUTES,
  SECRET_KEYS,
  TRADING_EGRESS,
  WORKLOADS,
} from './requirements.ts'

const missing = missingTools()
const sorted = (values: readonly string[]): string[] => [...values].sort()
const namesWith = <T>(table: Readonly<Record<string, T>>, holds: (value: T) => unknown): string[] =>
  sorted(Object.keys(table).filter((name) => holds(table[name] as T)))

test.runIf(process.env['STONKS_CI'] === '1')('the tools that check the chart are installed', () => {
  expect(missing).toEqual([])
})

describe.skipIf(missing.length > 0)('the chart against the required deployment', () => {
  const chart = missing.length > 0 ? (undefined as never) : new Rendered()

  test('there are no objects but the required ones and what the analytics plane mounts', () => {
    const counts = Object.entries(Object.groupBy(chart.all, (manifest) => manifest.kind as string))
    expect(Object.fromEntries(counts.map(([kind, list]) => [kind, list?.length]))).toEqual({
      Deployment: 16,
      Service: 8,
      Ingress: 6,
      NetworkPolicy: 12,
      Secret: 5,
      ConfigMap: 3,
      PersistentVolumeClaim: 1,
      PodDisruptionBudget: 3,
    })
    expect(new Set(chart.all.map((manifest) => manifest.metadata.namespace))).toEqual(new Set(['stonks-oracle']))
  })

  test('the workloads are the thirteen and the analytics plane', () => {
    expect(sorted(Object.keys(chart.deployments))).toEqual(sorted(Object.keys(WORKLOADS)))
  })

  test.each(Object.entries(WORKLOADS))('%s has its tier, replicas, image, port and command', (name, wanted) => {
    const deployment = chart.deployments[name]
    const container = mainContainer(deployment)
    const command = [...(container.command ?? []), ...(container.args ?? [])]
    expect({
      tier: [deployment.metadata.labels.tier, deployment.spec.template.metadata.labels.tier],
      replicas: deployment.spec.replicas,
      image: container.image,
      ports: (container.ports ?? []).map((port: Manifest) => port.containerPort),
      command,
    }).toEqual({
      tier: [wanted.tier, wanted.tier],
      replicas: wanted.replicas,
      image: wanted.image,
      ports: wanted.port === undefined ? [] : [wanted.port],
      command: wanted.command ?? [],
    })
  })

  test('only workloads with a port have a Service, on that port, selecting their pods', () => {
    const services = chart.kind('Service')
    expect(sorted(Object.keys(services))).toEqual(namesWith(WORKLOADS, (workload) => workload.port))
    for (const [name, service] of Object.entries(services)) {
      expect(service.spec.ports.map((port: Manifest) => [port.port, port.targetPort])).toEqual([
        [WORKLOADS[name]?.port, WORKLOADS[name]?.port],
      ])
      expect(chart.deployments[name].spec.template.metadata.labels).toMatchObject(service.spec.selector)
      expect(chart.deployments[name].spec.selector.matchLabels).toEqual(service.spec.selector)
    }
  })

  test('the scheduler migrates and seeds first; nobody else has init containers but Superset', () => {
    const found = Object.entries(chart.deployments).flatMap(([name, deployment]) => {
      const init = deployment.spec.template.spec.initContainers as Manifest[] | undefined
      return init ? [[name, init.map((container) => [...container.command, ...(container.args ?? [])])]] : []
    })
    expect(Object.fromEntries(found)).toEqual(INIT_CONTAINERS)
  })

  test('query-api and symbol-registry are ready when /docs answers', () => {
    for (const name of ['query-api', 'symbol-registry']) {
      expect(mainContainer(chart.deployments[name]).readinessProbe.httpGet.path).toBe('/docs')
    }
  })

  test('the five secrets hold their keys and no others', () => {
    const secrets = Object.entries(chart.kind('Secret'))
    const keys = secrets.map(([name, secret]) => [name, sorted(Object.keys(secret.data))])
    expect(Object.fromEntries(keys)).toEqual(
      Object.fromEntries(Object.entries(SECRET_KEYS).map(([name, list]) => [name, sorted(list)])),
    )
  })

  test.each(Object.entries(WORKLOADS))('%s reads its secrets and settings, and no others', (name, wanted) => {
    const own = chart.kind('ConfigMap')[name] ? [name] : []
    expect(reads(chart.deployments[name], 'secret')).toEqual(sorted(wanted.secrets))
    expect(reads(chart.deployments[name], 'configMap')).toEqual(
      sorted([...own, ...(wanted.config ? ['stonks-config'] : [])]),
    )
    for (const container of containers(chart.deployments[name])) {
      const fromSecrets = (container.env ?? []).filter((entry: Manifest) => entry.valueFrom)
      expect(sorted(fromSecrets.map((entry: Manifest) => entry.name))).toEqual(
        sorted(wanted.secrets.flatMap((secret) => SECRET_KEYS[secret] ?? [])),
      )
    }
  })

  test('stonks-config is the config block, with the external services by their cluster names', () => {
    expect(chart.kind('ConfigMap')['stonks-config'].data).toEqual(CONFIG)
  })

  test('the policies are default-deny and the nine, with their edges, and the two added ones, and no others', () => {
    const found = Object.entries(chart.kind('NetworkPolicy')).map(([name, policy]) => [name, policyOf(policy)])
    const wanted = Object.entries({ ...POLICIES, ...ADDED_POLICIES }).map(([name, policy]) => [
      name,
      {
        ...policy,
        from: sorted(policy.from),
        types: TYPES[name] ?? ['Ingress'],
      },
    ])
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted))
  })

  test('only the trading engine lists its way out', () => {
    const policies = Object.entries(chart.kind('NetworkPolicy'))
    expect(
      policies
        .filter(([, policy]) => policy.spec.egress)
        .map(([name]) => name)
        .sort(),
    ).toEqual(['allow-trading-engine-egress', 'allow-trading-engine-ingress'])
    const found = (name: string) => {
      const rules: Manifest[] = chart.kind('NetworkPolicy')[name].spec.egress
      return Object.fromEntries(
        rules.map((rule) => [
          rule.to.map(target).join(', '),
          rule.ports.map((port: Manifest) => `${port.protocol} ${port.port}`),
        ]),
      )
    }
    expect(found('allow-trading-engine-ingress')).toEqual(TRADING_EGRESS)
    expect(found('allow-trading-engine-egress')).toEqual(ADDED_TRADING_EGRESS)
  })

  test('the internet, to the trading engine, is no private address', () => {
    const rules: Manifest[] = chart.kind('NetworkPolicy')['allow-trading-engine-ingress'].spec.egress
    const outside = rules.flatMap((rule) => rule.to).find((to: Manifest) => to.ipBlock?.cidr === '0.0.0.0/0')
    for (const range of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16']) {
      expect(outside.ipBlock.except).toContain(range)
    }
  })

  test('the six routes lead where they must, over TLS from ca-issuer, through traefik', () => {
    const found = Object.values(chart.kind('Ingress')).map((ingress) => {
      const { ingressClassName, tls, rules } = ingress.spec
      expect(ingressClassName).toBe('traefik')
      expect(ingress.metadata.annotations['cert-manager.io/cluster-issuer']).toBe('ca-issuer')
      expect([rules.length, rules[0].http.paths.length, rules[0].http.paths[0].path]).toEqual([1, 1, '/'])
      const { service } = rules[0].http.paths[0].backend
      expect(tls).toEqual([{ hosts: [rules[0].host], secretName: tls[0].secretName }])
      return [rules[0].host, service.name, service.port.number, tls[0].secretName]
    })
    expect(found.sort()).toEqual([...ROUTES].sort())
  })

  test('pipelineEnabled: false stops the pipeline and nothing else', () => {
    const off = new Rendered('pipelineEnabled=false')
    const replicas = Object.entries(off.deployments).map(([name, deployment]) => [name, deployment.spec.replicas])
    const wanted = Object.entries(WORKLOADS).map(([name, workload]) => [
      name,
      workload.pipeline ? 0 : workload.replicas,
    ])
    expect(Object.fromEntries(replicas)).toEqual(Object.fromEntries(wanted))
    expect(namesWith(WORKLOADS, (workload) => workload.pipeline)).toEqual(
      sorted([
        'scheduler',
        'ingestion',
        'parser',
        'extractor',
        'aggregation',
        'recommendation',
        'broker-adapter',
        'lake-publisher',
      ]),
    )
  })

  test('Hive Metastore keeps Derby on a volume, one process at a time', () => {
    const hive = chart.deployments['hive-metastore']
    const claim = hive.spec.template.spec.volumes.find((volume: Manifest) => volume.persistentVolumeClaim)
    expect(hive.spec.strategy.type).toBe('Recreate')
    expect(chart.kind('PersistentVolumeClaim')[claim.persistentVolumeClaim.claimName]).toBeDefined()
    const url = mainContainer(hive).env.find((entry: Manifest) => entry.name === 'METASTORE_DB_URL').value
    const mount = mainContainer(hive).volumeMounts.find((volume: Manifest) => volume.name === claim.name)
    expect(url).toContain(`jdbc:derby:;databaseName=${mount.mountPath}/`)
  })

  test('Trino has the catalogs lakehouse (Hive) and iceberg (Iceberg), both on the one metastore', () => {
    const trino = chart.deployments['trino']
    const { items } = trino.spec.template.spec.volumes.find((volume: Manifest) => volume.name === 'etc').configMap
    const catalogs = items.filter((item: Manifest) => item.path.startsWith('catalog/'))
    const connectors = catalogs.map((item: Manifest) => {
      const text: string = chart.kind('ConfigMap')['trino'].data[item.key]
      expect(text).toMatch(/^hive\.metastore\.uri=\$\{ENV:HIVE_METASTORE_URI\}$/m)
      return [item.path, /^connector\.name=(.*)$/m.exec(text)?.[1]]
    })
    expect(Object.fromEntries(connectors)).toEqual({
      'catalog/lakehouse.properties': 'hive',
      'catalog/iceberg.properties': 'iceberg',
    })
    expect(mainContainer(trino).env).toContainEqual({
      name: 'HIVE_METASTORE_URI',
      value: 'thrift://hive-metastore:9083',
    })
    expect(sorted(Object.keys(chart.kind('ConfigMap')['trino'].data))).toEqual(
      sorted(items.map((item: Manifest) => item.key)),
    )
  })
})

const NAME = 'app.kubernetes.io/name'
const NAMESPACE = 'kubernetes.io/metadata.name'

function source(from: Manifest): string {
  const pod = from.podSelector?.matchLabels?.[NAME]
  const namespace = from.namespaceSelector?.matchLabels?.[NAMESPACE]
  return namespace === undefined ? pod : `${namespace}/${pod}`
}

function target(to: Manifest): string {
  return (
    to.ipBlock?.cidr ??
    to.namespaceSelector?.matchLabels?.[NAMESPACE] ??
    to.podSelector?.matchLabels?.[NAME] ??
    'any namespace'
  )
}

const TYPES: Readonly<Record<string, readonly string[]>> = {
  'allow-trading-engine-ingress': ['Ingress', 'Egress'],
  'allow-trading-engine-egress': ['Egress'],
}

function policyOf(policy: Manifest): Manifest {
  const { podSelector, ingress = [], policyTypes } = policy.spec
  const ports = ingress.flatMap((rule: Manifest) => rule.ports).map((port: Manifest) => port.port)
  expect(ports.length).toBeLessThan(2)
  return {
    pods: podSelector.matchLabels?.[NAME] ?? '*',
    ...(ports.length === 1 ? { port: ports[0] } : {}),
    from: sorted(ingress.flatMap((rule: Manifest) => rule.from).map(source)),
    types: policyTypes,
  }
}
