import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import type { BridgesView } from '../../api/contract.ts'
import { openConfluentRegistry } from '../../schemas/index.ts'
import { openWireDriver } from '../../streams/index.ts'
import { differences, idOf, itemOf, jobSerde, readIds, writeRecords } from '../../test/conservation/items.ts'
import { freePort, toEnvironment } from '../../test/services/index.ts'
import { describeWith } from '../../test/services/require-service.ts'
import { PROJECT_FOLDER } from '../settings.ts'
import { type Ended, startStonks, stonks } from '../testing/stonks.ts'

const NAME = `switch${process.pid}`
const LIST = `${NAME}:queue:ingestion`
const TOPIC = `${NAME}.ingestion.jobs`
const folder = mkdtempSync(join(tmpdir(), 'bridges-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function writeTopology(): string {
  const file = join(folder, 'topology.yaml')
  const own = readFileSync(join(PROJECT_FOLDER, 'topology/stonks.yaml'), 'utf8')
    .replace('name: stonks', `name: ${NAME}`)
    .replace('partitions: 6', 'partitions: 2')
    .replace('../schemas/avro', join(PROJECT_FOLDER, 'schemas/avro'))
    .replaceAll('stonks:queue:', `${NAME}:queue:`)
  writeFileSync(file, own)
  return file
}

describeWith(['kafka', 'registry', 'redis'], 'stonks bridges', ({ kafka, registry, redis: { url } }) => {
  const env = {
    ...toEnvironment({ kafka, registry, redis: { url } }),
    STONKS_TOPOLOGY: writeTopology(),
    STONKS_DATA: join(folder, 'data'),
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
  }
  const set = async (name: string, to: string): Promise<Ended> =>
    stonks(['bridges', 'set', name, to, '--wait', '40'], env)

  test('a list is switched in, off, out and in again while everybody writes and reads, and nothing is lost or doubled', async () => {
    const redis = new Redis(url)
    const driver = await openWireDriver({ brokers: kafka.brokers, clientId: NAME })
    const serde = await jobSerde(`${TOPIC}-value`, openConfluentRegistry(registry.url, 'FULL_TRANSITIVE'))
    const running = startStonks(['run', 'bridges'], env)
    await running.said(/no bridge is on/)
    const [pushed, popped, written, owed]: [string[], string[], string[], string[]] = [[], [], [], []]
    let [isOver, isReading, isWriting, isOut] = [false, true, false, false]
    const olderWriter = async (): Promise<void> => {
      for (; !isOver; await sleep(2)) {
        const id = `old${pushed.length}`
        pushed.push(id)
        await redis.rpush(LIST, itemOf(id))
      }
    }
    const olderReader = async (): Promise<void> => {
      for (; !isOver || (await redis.llen(LIST)) > 0; await sleep(1)) {
        const item = isReading ? await redis.lpop(LIST) : null
        if (item !== null) popped.push(idOf(item))
      }
    }
    const ourWriter = async (): Promise<void> => {
      for (; !isOver; await sleep(20)) {
        if (!isWriting) continue
        const [id, isOwed] = [`new${written.length}`, isOut]
        written.push(id)
        await writeRecords(driver, TOPIC, serde, [id])
        if (isOwed && isOut) owed.push(id)
      }
    }
    const everybody = [olderWriter(), olderReader(), ourWriter()]
    const switchTo = async (to: string): Promise<void> => {
      const { exitCode, stderr } = await set('ingestion', to)
      expect(exitCode, stderr).toBe(0)
    }
    isReading = false
    await switchTo('in')
    await running.said(/running bridge_ingestion/)
    isWriting = true
    await sleep(1_000)
    await switchTo('off')
    isReading = true
    await switchTo('out')
    isOut = true
    await sleep(2_500)
    isOut = false
    await switchTo('in')
    isReading = false
    await sleep(1_000)
    const { stdout } = await stonks(['bridges', 'list', '--json'], env)
    expect(JSON.parse(stdout).data.find((row: { name: string }) => row.name === 'ingestion')).toMatchObject({
      direction: 'in',
      declared: 'off',
      dead: 0,
    })
    isOver = true
    await expect.poll(() => redis.llen(LIST), { timeout: 20_000 }).toBe(0)
    await Promise.all(everybody)
    expect((await running.stop()).exitCode).toBe(0)
    const topic = await readIds(driver, TOPIC, serde)
    const old = [...topic, ...popped].filter((id) => id.startsWith('old'))
    expect(differences('written by the older service', pushed, old)).toEqual([])
    expect(
      differences(
        'in the topic',
        written,
        topic.filter((id) => id.startsWith('new')),
      ),
    ).toEqual([])
    const given = popped.filter((id) => id.startsWith('new'))
    expect(differences('given', [...new Set(given)], given)).toEqual([])
    expect(owed.filter((id) => !given.includes(id))).toEqual([])
    expect([old.length, topic.length - written.length, owed.length].every((count) => count > 20)).toBe(true)
    await driver.close()
    redis.disconnect()
  })

  test('depth and age of each list are told in REST, in metrics and in lag', async () => {
    const redis = new Redis(url)
    await redis.rpush(`${NAME}:queue:aggregation`, '{}', '{}')
    const port = await freePort()
    const api = startStonks(['serve', 'query'], { ...env, PORT: String(port) })
    await api.said(/query API at/)
    const at = `http://127.0.0.1:${port}`
    const { items } = (await (await fetch(`${at}/v1/bridges`)).json()) as BridgesView
    const found = items.find(({ name }) => name === 'aggregation')
    expect(found).toMatchObject({ list: `${NAME}:queue:aggregation`, direction: 'off', waiting: 2, taken: 0, dead: 0 })
    const metrics = await (await fetch(`${at}/metrics`)).text()
    expect(metrics).toContain(`stonks_bridge_waiting{bridge="aggregation",list="${NAME}:queue:aggregation"} 2`)
    await api.stop()
    const { stdout } = await stonks(['lag'], env)
    expect(stdout).toMatch(new RegExp(`${NAME}:queue:aggregation +aggregation +off +2 +0 +0`))
    redis.disconnect()
  })

  test('what cannot be switched is told, and why', async () => {
    const fixed = await set('trading_decisions', 'in')
    expect([fixed.exitCode, fixed.stderr]).toEqual([5, expect.stringMatching(/the topology fixes the direction/)])
    const unknown = await set('parsin', 'in')
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringMatching(/there is no bridge parsin/)])
    const redis = new Redis(url)
    const list = `${NAME}:queue:parsing`
    await redis.hset(`${list}:fence`, 'documents.raw-0', '7')
    await redis.rpush(list, '{}')
    const busy = await stonks(['bridges', 'set', 'parsing', 'in', '--wait', '0'], env)
    expect([busy.exitCode, busy.stderr]).toEqual([
      5,
      expect.stringMatching(/parsing is off: 1 items of the topic wait/),
    ])
    redis.disconnect()
  })
})
