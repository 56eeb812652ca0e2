import { describe, expect, test } from 'vitest'
import {
  chart as chartFolder,
  containers,
  helm,
  kubeconform,
  type Manifest,
  mainContainer,
  missingTools,
  Rendered,
  renderText,
  run,
  schemaLocation,
} from './render.ts'

describe.skipIf(missingTools().length > 0)('the chart as an operator meets it', () => {
  const chart = missingTools().length > 0 ? (undefined as never) : new Rendered()
  const pods = missingTools().length > 0 ? [] : Object.entries(chart.deployments)

  test('helm lint finds nothing, strictly', () => {
    const ran = run(helm, ['lint', '--strict', chartFolder])
    expect(ran.status, ran.output).toBe(0)
  })

  const variants: readonly (readonly string[])[] = [
    [],
    ['pipelineEnabled=false', 'ingress.enabled=false', 'networkPolicy.enabled=false'],
    ['secrets.core.existingSecret=mine', 'imagePullSecrets={pull}', 'image.registry=registry.example.com/stonks'],
    [
      'hiveMetastore.database=postgres',
      'hiveMetastore.image.repository=stonks-oracle/hive',
      'external.redis.host=redis.example.com',
    ],
  ]
  test.each(variants)('kubeconform accepts every object of %j', (...set: readonly string[]) => {
    const ran = run(kubeconform, ['-strict', '-summary', '-schema-location', schemaLocation, '-'], renderText(...set))
    expect(ran.output).toMatch(/Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/)
    expect(ran.status).toBe(0)
  })

  test.each(pods)('%s runs without root, privileges, a writable image or a token', (_, deployment) => {
    const { spec } = deployment.spec.template
    expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false })
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(spec.securityContext.runAsUser).toBeGreaterThan(0)
    for (const container of containers(deployment)) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      expect(container.volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' })
      expect(container.resources).toMatchObject({
        requests: { cpu: expect.anything(), memory: expect.anything() },
        limits: { memory: expect.anything() },
      })
    }
  })

  test.each(pods)('%s ends its work before it is killed, and restarts when what it reads changes', (_, deployment) => {
    const { metadata, spec } = deployment.spec.template
    expect(spec.terminationGracePeriodSeconds).toBe(30)
    expect(metadata.annotations).toHaveProperty('checksum/secret')
    const served = mainContainer(deployment).ports !== undefined
    expect(mainContainer(deployment).lifecycle?.preStop !== undefined).toBe(served)
    expect(mainContainer(deployment).livenessProbe !== undefined).toBe(served)
    const readsConfig = mainContainer(deployment).envFrom !== undefined
    expect(Object.hasOwn(metadata.annotations, 'checksum/config')).toBe(readsConfig)
  })

  test('a setting restarts those who read it and nobody else', () => {
    const other = new Rendered('config.OLLAMA_MODEL=another')
    const sum = (from: Rendered, name: string): unknown =>
      from.deployments[name].spec.template.metadata.annotations['checksum/config']
    expect(sum(other, 'extractor')).not.toBe(sum(chart, 'extractor'))
    expect(sum(other, 'dashboard')).toBeUndefined()
  })

  test('a disruption budget guards what runs more than once, and blocks no drain of what runs once', () => {
    const many = pods.filter(([, deployment]) => deployment.spec.replicas > 1).map(([name]) => name)
    expect(Object.keys(chart.kind('PodDisruptionBudget')).sort()).toEqual(many.sort())
  })

  test('no secret stands outside a Secret', () => {
    const values = ['POSTGRES_PASSWORD', 'SUPERSET_SECRET_KEY', 'MINIO_SECRET_KEY']
    const set = values.map(
      (key) => `secrets.${key.startsWith('SUPERSET') ? 'dashboard' : 'core'}.values.${key}=tell-tale`,
    )
    const outside = new Rendered(...set).all.filter((manifest) => manifest.kind !== 'Secret')
    expect(JSON.stringify(outside)).not.toContain('tell-tale')
  })

  test('an existing secret takes the place of the chart’s, for every reader', () => {
    const mine = new Rendered('secrets.broker.existingSecret=mine')
    expect(Object.keys(mine.kind('Secret'))).not.toContain('stonks-broker-secrets')
    expect(mine.text).not.toContain('stonks-broker-secrets')
    const entry = { name: 'BROKER_API_KEY', valueFrom: { secretKeyRef: { name: 'mine', key: 'BROKER_API_KEY' } } }
    expect(mainContainer(mine.deployments['broker-adapter']).env).toContainEqual(entry)
  })

  test('a host outside the cluster goes to the settings, and egress no longer asks for a namespace', () => {
    const outside = new Rendered('external.postgresql.host=db.example.com')
    expect(outside.kind('ConfigMap')['stonks-config'].data.POSTGRES_HOST).toBe('db.example.com')
    const rules: Manifest[] = outside.kind('NetworkPolicy')['allow-trading-engine-ingress'].spec.egress
    const rule = rules.find((candidate) => candidate.ports[0].port === 5432)
    expect(rule).toEqual({ ports: [{ protocol: 'TCP', port: 5432 }] })
  })

  test('a digest wins over a tag', () => {
    const digest = `sha256:${'ab'.repeat(32)}`
    const image = mainContainer(new Rendered(`trino.image.digest=${digest}`).deployments['trino']).image
    expect(image).toBe(`trinodb/trino@${digest}`)
  })

  test('every label selector of a Deployment stays within name and instance, which upgrades cannot change', () => {
    for (const [name, deployment] of pods) {
      const wanted = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': 'stonks' }
      expect(deployment.spec.selector.matchLabels).toEqual(wanted)
    }
  })

  const rubbish: readonly (readonly [string, readonly string[]])[] = [
    ["'pipelineEnbled' not allowed", ['pipelineEnbled=false']],
    ["'parsr' not allowed", ['services.parsr.replicas=2']],
    ["'/services/parser/replicas': got string", ['services.parser.replicas=two']],
    ["'POSTGRES_PASSWORD' not allowed", ['config.POSTGRES_PASSWORD=x']],
    ['use secrets.core.values.POSTGRES_PASSWORD', ['extraConfig.POSTGRES_PASSWORD=x']],
    ['hiveMetastore.replicas is above 1 with Derby', ['hiveMetastore.replicas=2']],
    ['services.lake-publisher.replicas is above 1 with a Derby', ['services.lake-publisher.replicas=2']],
    ['holds no PostgreSQL driver', ['hiveMetastore.database=postgres']],
    ['must be above preStopSeconds + drainSeconds', ['defaults.drainSeconds=25']],
    ['live without secrets.broker.values.BROKER_API_KEY', ['config.TRADING_MODE=live']],
    [
      'is paper and secrets.broker.values.BROKER_BASE_URL is not',
      ['secrets.broker.values.BROKER_BASE_URL=https://api.alpaca.markets'],
    ],
    ['are both stonks.celestium.life', ['ingress.routes.trino.host=stonks.celestium.life']],
    ['has existingSecret and a value', ['secrets.core.existingSecret=x', 'secrets.core.values.REDIS_PASSWORD=y']],
    ['does not match pattern', ['trino.image.digest=abc']],
  ]
  test.each(rubbish)('rubbish is refused with: %s', (message, set) => {
    expect(() => renderText(...set)).toThrow(message)
  })

  test('several mistakes are said at once', () => {
    const both = () => renderText('hiveMetastore.replicas=2', 'defaults.drainSeconds=25')
    expect(both).toThrow(/Derby[\s\S]*terminationGracePeriodSeconds/)
  })
})
