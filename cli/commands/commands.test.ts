import { appendFileSync, chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LagView } from '../../api/contract.ts'
import { PROJECT_FOLDER } from '../settings.ts'
import { writeSmallRecording } from '../testing/small-recording.ts'
import { startStonks, stonks } from '../testing/stonks.ts'

const SLOW_MS = 120_000
/** Six minutes of a day at sixty times its speed. */
/** More than the bars of earlier days stand for at the pace of the day, less than its distance from the clock does. */
const HISTORY_MS = 72 * 3_600_000
const folder = mkdtempSync(join(tmpdir(), 'stonks-commands-'))
const topology = join(PROJECT_FOLDER, 'topology/stonks.yaml')
const broken = join(folder, 'broken.yaml')
const small = join(folder, 'small')

beforeAll(() => {
  // The embedded PostgreSQL runs as another user where we are root.
  chmodSync(folder, 0o755)
  const text = readFileSync(topology, 'utf8')
  const moved = text.replace('../schemas/avro', join(PROJECT_FOLDER, 'schemas/avro'))
  writeFileSync(broken, moved.replace('to: documents.parsed', 'to: documents.pasred'))
  writeSmallRecording(small, 20)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A folder that lies beside the others, for one test alone. */
const own = (name: string): string => join(folder, name)

describe.concurrent('commands that look', { timeout: SLOW_MS }, () => {
  test('validate of a good file says so', async () => {
    const ended = await stonks(['validate', topology])
    expect(ended).toMatchObject({ exitCode: 0, stdout: `${topology}: no mistakes\n`, stderr: '' })
  })

  test('validate of a broken file points at the mistake', async () => {
    const { exitCode, stderr } = await stonks(['validate', broken])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/broken\.yaml:\d+:\d+/)
    expect(stderr).toMatch(/pasred\n[^\n]*\^/)
    expect(stderr).toContain('1 mistake in 1 file')
  })

  test('validate --watch says it again when the file changes', async () => {
    const file = own('watched.yaml')
    const mistaken = readFileSync(broken, 'utf8')
    writeFileSync(file, mistaken)
    const watching = startStonks(['validate', '--watch', file])
    await watching.said(/1 mistake in 1 file/)
    writeFileSync(file, mistaken.replace('to: documents.pasred', 'to: documents.parsed'))
    await expect.poll(() => watching.output().stdout, { timeout: 30_000 }).toContain('no mistakes')
    expect(await watching.stop()).toMatchObject({ exitCode: 0 })
  })

  test('validate with an overlay tells mistakes in the overlay, and --watch looks again when an included file changes', async () => {
    const [file, part, overlay] = [own('whole.yaml'), own('part.yaml'), own('prod.yaml')]
    const text = readFileSync(broken, 'utf8').replace('to: documents.pasred', 'to: documents.parsed')
    writeFileSync(file, `include: part.yaml\n${text}`)
    writeFileSync(part, 'topics: { extra: { value: Bar } }\n')
    writeFileSync(overlay, 'processors:\n  extract: { instnaces: 8 }\n')
    const ended = await stonks(['validate', file, '--overlay', overlay])
    expect(ended).toMatchObject({ exitCode: 2 })
    expect(ended.stderr).toContain(`${overlay}:2:14`)
    expect(ended.stderr).toContain('did you mean `instances`?')
    const watching = startStonks(['validate', '--watch', file], { STONKS_OVERLAYS: overlay })
    await watching.said(/1 mistake in 1 file/)
    writeFileSync(overlay, 'processors: { extract: { instances: 8 } }\n')
    await expect.poll(() => watching.output().stdout, { timeout: 30_000 }).toContain('no mistakes')
    writeFileSync(part, 'topics: { extra: { value: Baar } }\n')
    await watching.said(/part\.yaml:1:27/)
    await watching.stop()
  })

  test('explain tells a place, a code and a diagnostic, and what was meant', async () => {
    const place = await stonks(['explain', 'processors.extract.errors'])
    expect(place).toMatchObject({ exitCode: 0 })
    expect(place.stdout).toMatch(/then +dlq \| stop/)
    expect((await stonks(['explain', 'extract'])).stdout).toMatch(/extractor +"rules"/)
    expect((await stonks(['explain', 't010'])).stdout).toContain('# T010: unknown topic')
    const meant = await stonks(['explain', 'processors.extract.erors'])
    expect(meant).toMatchObject({ exitCode: 2 })
    expect(meant.stderr).toContain('did you mean errors?')
  })

  test('validate --json gives the same as data', async () => {
    const { exitCode, stdout } = await stonks(['validate', '--json', broken])
    expect(exitCode).toBe(2)
    const { data } = JSON.parse(stdout) as { data: readonly { severity: string }[] }
    expect(data.map((d) => d.severity)).toEqual(['error'])
  })

  test('a topology that is not there is something missing', async () => {
    const { exitCode, stderr } = await stonks(['validate', own('nowhere.yaml')])
    expect(exitCode).toBe(3)
    expect(stderr).toContain('nowhere.yaml')
  })

  test('a filter of dead letters that is none is refused, whether there are letters or not', async () => {
    const { exitCode, stderr } = await stonks(['--data', own('letters'), 'dlq', 'list', '--since', 'yesterday'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('"yesterday"')
  })

  test('graph --format mermaid draws every node', async () => {
    const { exitCode, stdout } = await stonks(['graph', '--format', 'mermaid'])
    expect(exitCode).toBe(0)
    for (const node of ['scheduler', 'ingest', 'parse', 'extract', 'aggregate', 'recommend', 'trade', 'broker', 'lake'])
      expect(stdout).toContain(node)
  })

  test('an unknown command is met with the one that was meant', async () => {
    const { exitCode, stderr } = await stonks(['validat'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('Did you mean validate?')
  })

  test('run of an unknown node lists the nodes', async () => {
    const { exitCode, stderr } = await stonks(['run', 'nosuch'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/there is no node nosuch[\s\S]*scheduler, registry, lag, replay, ingest/)
  })

  test('a replay of the past into topics of Kafka that would not keep it is refused', async () => {
    const { exitCode, stderr } = await stonks(['run', 'replay'], { KAFKA_BROKERS: 'localhost:1' })
    expect(exitCode).toBe(5)
    expect(stderr).toMatch(
      /begins on 2026-01-19[\s\S]*keeps 30 days by a record's own time[\s\S]*STONKS_RETENTION=forever/,
    )
  })

  test.each([
    [['validate'], { STONKS_DRIVER: 'foo' }, /STONKS_DRIVER is "foo"[\s\S]*embedded, kafkajs, librdkafka, wire/],
    [['start', '--speed', 'foo'], {}, /--speed is "foo"[\s\S]*or max/],
    [['start', '--port', 'abc'], {}, /--port is "abc"/],
  ])('a wrong setting is named: %j %j', async (args, env, said) => {
    const { exitCode, stderr } = await stonks(['--data', own('wrong'), ...args], env as Record<string, string>)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(said)
  })

  test('lag before anything ran says that nothing ran', async () => {
    const { exitCode, stderr } = await stonks(['--data', own('never'), 'lag'])
    expect(exitCode).toBe(3)
    expect(stderr).toContain('stonks start')
  })
})

// Tests that run side by side poll with an `expect` of their own.
describe.concurrent('start', { timeout: SLOW_MS }, () => {
  test('a broken line of a recording is named, and nothing is started', async () => {
    const recording = own('broken-recording')
    cpSync(small, recording, { recursive: true })
    appendFileSync(join(recording, 'documents.jsonl'), '{"id": \n')
    const { exitCode, stdout, stderr } = await stonks([
      '--data',
      own('d1'),
      'start',
      '--recording',
      recording,
      '--exit',
    ])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain('documents.jsonl:21')
  })

  test('a recording that is not there is something missing', async () => {
    const { exitCode, stderr } = await stonks(['--data', own('d2'), 'start', '--recording', own('nowhere'), '--exit'])
    expect(exitCode).toBe(3)
    expect(stderr).toContain(own('nowhere'))
  })

  test('a simulated day is not behind the clock, also when lag itself was recorded', async ({ expect }) => {
    const start = startStonks(['--data', own('d4'), 'start', '--port', '0'])
    try {
      const [, url = ''] = await start.said(/dashboard {2}(http\S+)/)
      const lag = async () => ((await (await fetch(`${new URL(url).origin}/api/v1/lag`)).json()) as LagView).items
      await expect
        .poll(
          async () => (await lag()).filter(({ topic }) => topic === 'stonks.ops.lag').map((row) => row.end_offset),
          { timeout: 30_000 },
        )
        .toEqual([expect.stringMatching(/^[1-9]/)])
      // A sink that has just begun has the days before the day in front of it, at sixty times their pace.
      for (let look = 0; look < 10; look++) {
        expect((await lag()).filter(({ behind_ms }) => (behind_ms ?? 0) > HISTORY_MS)).toEqual([])
        await sleep(200)
      }
    } finally {
      await start.stop()
    }
  })

  test('a taken port gives way to the next, a taken data folder to nobody, and what ran can be asked', async () => {
    const taken = createServer()
    await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening))
    const address = taken.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const data = own('d3')
    const start = ['--data', data, 'start', '--recording', small, '--speed', 'max', '--port', String(port)]
    const first = startStonks(start)
    try {
      await first.said(/dashboard {2}http/)
      expect(first.output().stderr).toContain(`port ${port} is taken, trying ${port + 1}`)
      const second = await stonks(start)
      expect(second.exitCode).toBe(5)
      expect(second.stderr).toContain(`process ${first.pid}`)
      const lag = await stonks(['--data', data, 'lag', '--json'])
      expect(JSON.parse(lag.stdout)).toMatchObject({
        data: expect.arrayContaining([expect.objectContaining({ ...anyRow, topic: 'stonks.documents.raw' })]),
      })
    } finally {
      taken.close()
      const { exitCode } = await first.stop()
      expect(exitCode).toBe(0)
    }
    const answer = await stonks(['--data', data, 'sql', 'select count(*) as n from documents', '--json'])
    expect(JSON.parse(answer.stdout)).toEqual({ data: [{ n: '20' }], warnings: [] })
    const typo = await stonks(['--data', data, 'sql', 'select 1 from documnts'])
    expect(typo.exitCode).toBe(1)
    expect(typo.stderr).toMatch(/documnts does not exist[\s\S]*tables with files: [^\n]*documents/)
  })
})

const anyRow = {
  node: expect.any(String),
  task_id: expect.any(String),
  partition: expect.any(Number),
  committed_offset: expect.anything(),
  end_offset: expect.any(String),
  lag_records: expect.any(Number),
  lag_offsets: expect.any(Number),
  behind_ms: expect.any(Number),
  trend: expect.any(String),
  status: 'ok',
  state: expect.any(String),
}
