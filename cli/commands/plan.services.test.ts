import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ClusterOperations, openClusterOperations, openWireDriver } from '../../streams/index.ts'
import { describeWith } from '../../test/services/require-service.ts'
import { PROJECT_FOLDER } from '../settings.ts'
import { startStonks, stonks } from '../testing/stonks.ts'

// Commands are processes of their own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 300_000 })

const folder = mkdtempSync(join(tmpdir(), 'plan-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface PlanJson {
  readonly data: {
    readonly changes: readonly { name: string; grade: string; what: string; blast: { records: string | null } }[]
    readonly obstacles: readonly { name: string; message: string }[]
    readonly notes: readonly { name: string; message: string }[]
  }
}

describeWith(['kafka', 'registry'], 'plan and apply', ({ kafka, registry }) => {
  const env = { KAFKA_BROKERS: kafka.brokers.join(','), SCHEMA_REGISTRY_URL: registry.url }
  let operations: ClusterOperations
  beforeAll(async () => {
    operations = await openClusterOperations({ brokers: kafka.brokers, clientId: 'plan-test' })
  })
  afterAll(() => operations.close())

  /** A topology of its own prefix, and a way to run commands on it. */
  const topologyOf = (name = `p${randomUUID().slice(0, 8)}`, more: { retention?: string; spare?: number } = {}) => {
    const file = join(folder, `${name}.yaml`)
    const spare = Array.from({ length: more.spare ?? 0 }, (_, n) => `  spare.s${n}: { value: Bar, partitions: 1 }`)
    writeFileSync(
      file,
      `version: 1
name: ${name}
schemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }
topics:
  documents.raw: { value: RawDocument, partitions: 3, retention: ${more.retention ?? '7d'} }
  registry.companies: { value: Company, partitions: 1, cleanup: compact }
  documents.parsed: { value: ParsedDocument, partitions: 3 }
${spare.join('\n')}
processors:
  parse: { from: documents.raw, tables: { companies: registry.companies }, to: documents.parsed }
`,
    )
    return { name, file, run: (...args: string[]) => stonks(['-t', file, ...args], env) }
  }
  type Topology = ReturnType<typeof topologyOf>
  const planned = async ({ run }: Topology, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await run('plan', '--json', ...args)
    if (stdout === '') throw new Error(stderr)
    return { exitCode, ...(JSON.parse(stdout) as PlanJson).data }
  }
  const ownTopics = async ({ name }: Topology) =>
    (await operations.topics()).filter(({ topic }) => topic.startsWith(`${name}.`))

  const writeOld = async (topic: string, count: number): Promise<void> => {
    const driver = await openWireDriver({ brokers: kafka.brokers, clientId: 'plan-test' })
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: randomUUID() })
    const timestampMs = Date.now() - 3 * 86_400_000
    const [key, value] = [Buffer.from('k'), Buffer.from('v')]
    const outputs = Array.from({ length: count }, () => ({ topic, partition: 0, timestampMs, key, value, headers: {} }))
    await producer.commit({ outputs, consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
    await driver.close()
  }

  test('a new topology is created by apply, and then there is nothing to do, however often it is applied', async () => {
    const topology = topologyOf()
    const before = await planned(topology)
    expect(before.exitCode).toBe(6)
    // Three topics and the dead letters of the one node; for each subject its level and its schema.
    expect(before.changes.map(({ grade }) => grade)).toEqual(Array.from({ length: 10 }, () => 'safe'))
    expect(await ownTopics(topology)).toEqual([])
    const applied = await topology.run('apply')
    expect(applied).toMatchObject({ exitCode: 0, stdout: 'Made 10 changes.\n' })
    const after = await topology.run('plan')
    expect(after).toMatchObject({ exitCode: 0 })
    expect(after.stdout).toContain('Nothing to do')
    expect(await topology.run('apply')).toMatchObject({ exitCode: 0, stdout: 'Nothing to do.\n' })
    const settings = await operations.settings([`${topology.name}.registry.companies`], ['cleanup.policy'])
    expect(settings.get(`${topology.name}.registry.companies`)?.get('cleanup.policy')?.value).toBe('compact')
  })

  test('a shorter retention is destructive, says how many records go, and needs the name typed', async () => {
    const topology = topologyOf()
    await topology.run('apply')
    const topic = `${topology.name}.documents.raw`
    await writeOld(topic, 40)
    const shorter = topologyOf(topology.name, { retention: '1d' })
    const plan = join(folder, 'shorter.plan')
    const { exitCode, changes } = await planned(shorter, '--out', plan)
    expect(exitCode).toBe(6)
    expect(changes).toMatchObject([{ name: topic, grade: 'destructive', blast: { records: '40' } }])
    const unread = await shorter.run('apply')
    expect(unread).toMatchObject({ exitCode: 5 })
    expect(unread.stderr).toContain('not safe')
    const unnamed = await shorter.run('apply', plan)
    expect(unnamed).toMatchObject({ exitCode: 5 })
    expect(unnamed.stderr).toContain(`--confirm ${topic}`)
    expect((await operations.settings([topic], ['retention.ms'])).get(topic)?.get('retention.ms')?.value).toBe(
      '604800000',
    )
    expect(await shorter.run('apply', plan, '--confirm', topic)).toMatchObject({ exitCode: 0 })
    expect((await planned(shorter)).exitCode).toBe(0)
    expect(await shorter.run('apply', plan)).toMatchObject({ exitCode: 0 })
  })

  test('a plan is refused where it was edited, the world moved, or the topology is another one', async () => {
    const topology = topologyOf()
    const [plan, edited] = [join(folder, 'moved.plan'), join(folder, 'edited.plan')]
    await planned(topology, '--out', plan)
    writeFileSync(edited, readFileSync(plan, 'utf8').replace('"partitions": 3', '"partitions": 9'))
    const afterEdit = await topology.run('apply', edited)
    expect(afterEdit).toMatchObject({ exitCode: 5 })
    expect(afterEdit.stderr).toContain('was changed after it was made')
    await operations.createTopic(`${topology.name}.documents.parsed`, 5, { 'retention.ms': '-1' })
    const afterMove = await topology.run('apply', plan)
    expect(afterMove).toMatchObject({ exitCode: 5 })
    expect(afterMove.stderr).toContain(
      `${topology.name}.documents.parsed/partitions was absent when it was planned, and is 5`,
    )
    expect((await ownTopics(topology)).length).toBe(1)
    const other = topologyOf(topology.name, { retention: '8d' })
    expect((await other.run('apply', plan)).stderr).toContain('topology was')
  })

  test('partitions that cannot be changed in place, and an incompatible schema, are said and not done', async () => {
    const topology = topologyOf()
    const raw = `${topology.name}.documents.raw`
    await operations.createTopic(raw, 6, { 'retention.ms': String(7 * 86_400_000), 'cleanup.policy': 'delete' })
    const subject = `${topology.name}.documents.parsed-value`
    const schema = { type: 'record', name: 'ParsedDocument', fields: [{ name: 'other', type: 'int' }] }
    const registered = await fetch(`${registry.url}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify(schema) }),
    })
    expect(registered.ok).toBe(true)
    const { exitCode, obstacles, changes } = await planned(topology)
    expect(exitCode).toBe(1)
    expect(obstacles.map(({ name }) => name).sort()).toEqual([subject, raw].sort())
    expect(obstacles.find(({ name }) => name === subject)?.message).toContain('not compatible with version 1')
    expect(changes.some(({ name, what }) => name === subject && what.startsWith('register'))).toBe(false)
  })

  test('prune plans what carries the prefix and is not in the topology, and deletes it only by name', async () => {
    const topology = topologyOf()
    await topology.run('apply')
    const orphan = `${topology.name}.gone`
    await operations.createTopic(orphan, 1, { 'retention.ms': '-1' })
    await writeOld(orphan, 5)
    const { exitCode, notes } = await planned(topology)
    expect(exitCode).toBe(0)
    expect(notes.map(({ name }) => name)).toEqual([orphan])
    const plan = join(folder, 'prune.plan')
    const pruned = await planned(topology, '--prune', '--out', plan)
    expect(pruned.changes).toMatchObject([{ name: orphan, grade: 'destructive', blast: { records: '5' } }])
    expect((await topology.run('apply', plan)).exitCode).toBe(5)
    expect((await topology.run('apply', plan, '--confirm', orphan)).exitCode).toBe(0)
    expect((await ownTopics(topology)).some(({ topic }) => topic === orphan)).toBe(false)
    expect((await topology.run('apply', plan)).exitCode).toBe(0)
  })

  test('killed in the middle and applied again, the same plan comes to the same end', async () => {
    const topology = topologyOf(undefined, { spare: 40 })
    const plan = join(folder, 'killed.plan')
    await planned(topology, '--out', plan)
    for (const step of [7, 70, 100]) {
      const running = startStonks(['-t', topology.file, 'apply', plan], env)
      await running.said(new RegExp(`(^|\n)${step} of`)).catch(() => undefined)
      await running.kill()
    }
    const ended = await topology.run('apply', plan)
    expect(ended.exitCode).toBe(0)
    expect(ended.stdout).toMatch(/had been made before/)
    expect((await planned(topology)).exitCode).toBe(0)
    expect(await ownTopics(topology)).toHaveLength(44)
  })

  test('a cluster that cannot be reached is the outside, and a missing plan is missing', async () => {
    const { file } = topologyOf()
    const nowhere = await stonks(['-t', file, 'plan'], { KAFKA_BROKERS: '127.0.0.1:1' })
    expect(nowhere.exitCode).toBe(4)
    const noRegistry = await stonks(['-t', file, 'plan'], { ...env, SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' })
    expect(noRegistry.exitCode).toBe(4)
    expect((await stonks(['-t', file, 'apply', join(folder, 'no.plan')], env)).exitCode).toBe(3)
    expect((await stonks(['-t', file, 'plan'])).exitCode).toBe(2)
  })

  test('a plan of subjects is refused as a whole where no registry is set', async () => {
    const topology = topologyOf()
    const plan = join(folder, 'subjects.plan')
    await planned(topology, '--out', plan)
    const withoutRegistry = await stonks(['-t', topology.file, 'apply', plan], { KAFKA_BROKERS: env.KAFKA_BROKERS })
    expect(withoutRegistry).toMatchObject({ exitCode: 2 })
    expect(withoutRegistry.stderr).toMatch(/SCHEMA_REGISTRY_URL is not set; nothing was done/)
    expect(await ownTopics(topology)).toEqual([])
  })

  test('what the cluster refuses is the outside, named with the change and how to go on', async () => {
    const topology = topologyOf()
    // Brokers take no two names that differ in dots and underscores only.
    await operations.createTopic(`${topology.name}.documents_parsed`, 1, {})
    const applied = await topology.run('apply')
    expect(applied).toMatchObject({ exitCode: 4 })
    expect(applied.stderr).toContain(`stonks: ${topology.name}.documents.parsed: create with 3 partitions`)
    expect(applied.stderr).toMatch(/failed; \d of \d+ changes are made/)
    expect(applied.stderr).toContain('collides with')
    expect(applied.stderr).toContain('goes on where it stopped')
  })

  test('a plan that cannot be saved is told as that, and no fault', async () => {
    const { run } = topologyOf()
    const unsaved = await run('plan', '--out', join(folder, 'nowhere', 'a.plan'))
    expect(unsaved).toMatchObject({ exitCode: 3 })
    expect(unsaved.stderr).toContain('the plan cannot be saved')
  })
})
