import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type Application,
  createApplication,
  type Graph,
  type LogDriver,
  openClusterOperations,
  partitionOf,
  topicsOf,
} from '../../streams/index.ts'
import { openWireDriver } from '../../streams/log/wire/driver.ts'
import { graphOf, processor } from '../../streams/testing/graph-of.ts'
import { kafkaTool, type RunningKafka, startKafka } from '../../test/services/index.ts'
import { describeWith } from '../../test/services/require-service.ts'
import { argumentsOf, type Right, shadowGraphOf, type Workload, workloadsOf } from '../../topology/index.ts'
import { PROJECT_FOLDER } from '../settings.ts'
import { stonks } from '../testing/stonks.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'acls-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const USERS = ['copy', 'shadow', 'operator']
const RESOURCES = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  transactional_id: AclResourceTypes.TRANSACTIONAL_ID,
  cluster: AclResourceTypes.CLUSTER,
} as const
const OPERATIONS = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Delete: AclOperationTypes.DELETE,
  Alter: AclOperationTypes.ALTER,
  AlterConfigs: AclOperationTypes.ALTER_CONFIGS,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
} as const

const entryOf = (principal: string, { resource, name, pattern, operation }: Right) => ({
  principal,
  host: '*',
  resourceType: RESOURCES[resource],
  resourceName: name,
  resourcePatternType: pattern === 'prefixed' ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  operation: OPERATIONS[operation],
  permissionType: AclPermissionTypes.ALLOW,
})

/** Copies and counts by key, exactly once; what is no number goes to the dead letters. */
function copyGraph(): Graph {
  const copy = processor({
    name: 'copy',
    from: ['in'],
    tables: { names: 'names' },
    to: ['orders'],
    stores: [{ name: 'counts', type: 'kv' }],
    commitIntervalMs: 50,
    create: () => ({
      process({ key, value }, context) {
        const counts = context.store<number>('counts')
        const count = (counts.get(key ?? '') ?? 0) + 1
        counts.put(key ?? '', count)
        context.forward({ key, value: [value, count] })
      },
    }),
  })
  return graphOf({ in: 2, names: { cleanup: 'compact' }, orders: 2 }, [copy])
}

describeWith(['kafka', 'registry'], 'the least rights, on a broker that asks for them', ({ registry }) => {
  let broker: RunningKafka
  let admin: Admin
  let all: LogDriver
  const graph = copyGraph()
  const rightsOf = (name: string): Workload => workloadsOf(graph).find((one) => one.name === name) as Workload
  const asUser = (user: string): LogDriver =>
    openWireDriver({
      brokers: [broker.listeners['SASL'] as string],
      clientId: user,
      sasl: { mechanism: 'plain', username: user, password: 'secret' },
    })

  beforeAll(async () => {
    const users = USERS.map((user) => `user_${user}="secret"`).join(' ')
    broker = await startKafka({
      listeners: { SASL: 'SASL_PLAINTEXT' },
      properties: {
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.sasl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${users};`,
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      },
    })
    admin = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    all = openWireDriver({ brokers: broker.brokers, clientId: 'setup' })
    const topics = await all.admin()
    await topics.ensureTopics(topicsOf(graph, { changelogs: true }))
    await topics.close()
  })
  afterAll(async () => {
    await admin?.disconnect()
    await broker?.stop()
  })

  let fed = 0
  /** Two records that are copied, and one that nobody can read. */
  const feed = async (): Promise<void> => {
    const producer = await all.producer({ guarantee: 'at_least_once', transactionalId: 'feed' })
    const outputs = ['1', '2', 'no json'].map((value) => {
      const key = Buffer.from(`k${fed++ % 5}`)
      const partition = partitionOf(key, 2)
      return { topic: 'g.in', partition, timestampMs: fed, key, value: Buffer.from(value), headers: {} }
    })
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
  }
  const endOf = async (topic: string): Promise<bigint> => {
    const topics = await all.admin()
    const ends = await topics.endOffsets(topic)
    await topics.close()
    return ends.reduce((sum, end) => sum + end, 0n)
  }
  let processes = 0
  const startAs = (user: string, of: Graph = graph): { app: Application; failed: () => string | undefined } => {
    const app = createApplication({ graph: of, driver: asUser(user), processId: `p${processes++}` })
    let rejected: unknown
    app.start().catch((error: unknown) => {
      rejected = error
    })
    const said = (error: unknown): string => {
      const { code, message } = error as { code: string; message: string }
      return `${code}: ${message}`
    }
    return {
      app,
      failed: () => {
        const last = app.status().find(({ lastError }) => lastError !== undefined)?.lastError
        if (rejected !== undefined || app.error !== undefined) return said(rejected ?? app.error)
        return last && `${last.errorClass}: ${last.message}`
      },
    }
  }
  const give = (principal: string, rights: readonly Right[]) =>
    admin.createAcls({ acl: rights.map((right) => entryOf(principal, right)) })

  test('the printed commands are what the tool of Kafka takes, and with just those rights the workload runs', async () => {
    const [topics, ...others] = argumentsOf(rightsOf('copy'), 'User:')
    expect(others.length).toBeGreaterThan(2)
    await give(
      'User:copy',
      rightsOf('copy').rights.filter(({ name }) => !topics?.includes(name)),
    )
    // Starting a JVM takes seconds: one command stands for all, which are made alike.
    for (const args of [topics ?? []])
      await kafkaTool('org.apache.kafka.tools.AclCommand', ['--bootstrap-server', broker.brokers.join(','), ...args])
    await feed()
    const { app, failed } = startAs('copy')
    await expect.poll(() => failed() ?? endOf('g.orders'), { timeout: 30_000 }).toSatisfy((end) => end > 0n)
    await app.whenIdle()
    await app.drain(10_000)
    expect(failed()).toBeUndefined()
    // Markers of transactions have offsets too.
    expect(await endOf('g.copy.dlq')).toBeGreaterThanOrEqual(1n)
    expect(await endOf('g.copy.counts.changelog')).toBeGreaterThan(0n)
  })

  describe('with any one right taken away it fails, and says of what', () => {
    test.each(rightsOf('copy').rights.map((right) => [`${right.operation} ${right.resource} ${right.name}`, right]))(
      '%s',
      async (_, given) => {
        const right = given as Right
        const { permissionType, ...entry } = entryOf('User:copy', right)
        await admin.deleteAcls({ filters: [{ ...entry, permissionType }] })
        await feed()
        const { app, failed } = startAs('copy')
        try {
          await expect.poll(failed, { timeout: 30_000 }).toMatch(/^INVALID_STATE|^TOPIC_MISSING/)
          expect(failed()).toContain(right.name.replace(/\.$/, ''))
        } finally {
          await app.close().catch(() => {})
          await give('User:copy', [right])
        }
      },
    )
  })

  test('a shadow reads the same and writes beside; to the topic itself it cannot write, whatever it runs', async () => {
    await give('User:shadow', rightsOf('shadow').rights)
    const shadow = workloadsOf(graph).find(({ name }) => name === 'shadow')
    const written = shadow?.rights.filter(({ operation }) => operation === 'Write').map(({ name }) => name)
    expect(written?.filter((name) => !name.includes('.shadow'))).toEqual([])
    const beside = startAs('shadow', shadowGraphOf(graph, 'copy'))
    await feed()
    await expect
      .poll(() => beside.failed() ?? endOf('g.orders.shadow').catch(() => 0n), { timeout: 30_000 })
      .toSatisfy((end) => end > 0n)
    await beside.app.drain(10_000)
    expect(beside.failed()).toBeUndefined()
    // The processor itself, run by the shadow's principal: the orders topic is refused.
    const { app, failed } = startAs('shadow')
    await expect.poll(failed, { timeout: 30_000 }).toMatch(/^INVALID_STATE/)
    expect(failed()).toMatch(/refuses/)
    await app.close().catch(() => {})
    const producer = await asUser('shadow').producer({ guarantee: 'at_least_once', transactionalId: 'x' })
    const output = {
      topic: 'g.orders',
      partition: 0,
      timestampMs: 1,
      key: undefined,
      value: Buffer.from('1'),
      headers: {},
    }
    const refused = producer.commit({ outputs: [output], consumer: undefined, groupId: '', offsets: new Map() })
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringMatching(/g\.orders.*TOPIC_AUTHORIZATION_FAILED/s),
    })
    await producer.close()
  })

  test('plan tells what a principal lacks and has too much; a cluster without authorizer says so', async () => {
    const file = join(folder, 'g.yaml')
    writeFileSync(
      file,
      `version: 1
name: q
schemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }
topics:
  documents.raw: { value: RawDocument, partitions: 1 }
  registry.companies: { value: Company, partitions: 1, cleanup: compact }
  documents.parsed: { value: ParsedDocument, partitions: 1 }
processors:
  parse: { from: documents.raw, tables: { companies: registry.companies }, to: documents.parsed }
`,
    )
    const base = { topic: 'q.documents.parsed', operation: 'Delete' as const }
    await give('User:q-parse', [{ ...base, resource: 'topic', name: base.topic, pattern: 'literal', why: '' }])
    await give(
      'User:operator',
      rightsOf('operator').rights.map((one) => ({ ...one, name: one.name.replace('g.', 'q.') })),
    )
    const login = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'operator', KAFKA_SASL_PASSWORD: 'secret' }
    const env = { KAFKA_BROKERS: broker.listeners['SASL'] as string, ...login }
    const applied = await stonks(['-t', file, 'apply'], env)
    expect(applied.stderr).not.toContain('stonks:')
    expect(applied.exitCode).toBe(0)
    const plan = await stonks(['-t', file, 'plan', '--principal-prefix', 'User:q-'], env)
    expect(plan.stdout).toContain('Nothing to do')
    expect(plan.stdout).toMatch(/User:q-parse\n(.|\n)* {4}\+ Read topic q\.documents\.raw/)
    expect(plan.stdout).toContain('- Delete topic q.documents.parsed')
    expect(plan.exitCode).toBe(6)

    const printed = await stonks(['-t', file, 'acls', 'shadow', '--json'], env)
    const [{ rights }] = (JSON.parse(printed.stdout) as { data: readonly [Workload] }).data
    await give('User:shadow', rights)
    const asShadow = { ...env, KAFKA_SASL_USERNAME: 'shadow', SCHEMA_REGISTRY_URL: registry.url, STONKS_DATA: folder }
    const ran = await stonks(['-t', file, 'shadow', 'parse', '--for', '1s'], asShadow)
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('q.documents.parsed: 0 same') })
    const asProcessor = await stonks(['-t', file, 'replay', 'parse', '--discard', '--confirm', 'parse'], asShadow)
    expect(asProcessor).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('AUTHORIZATION_FAILED') })
  })
})

describeWith(['kafka'], 'a cluster without authorizer', ({ kafka }) => {
  test('has no ACLs, which is no error', async () => {
    const operations = await openClusterOperations({ brokers: kafka.brokers, clientId: 'acls' })
    expect(await operations.acls()).toBeUndefined()
    await operations.close()
  })
})
