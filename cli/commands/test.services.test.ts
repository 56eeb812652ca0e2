import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { openClusterOperations } from '../../streams/index.ts'
import { describeWith } from '../../test/services/require-service.ts'
import { PROJECT_FOLDER } from '../settings.ts'
import { stonks } from '../testing/stonks.ts'
import { writeWindowsSuite } from '../testing/windows-suite.ts'

// Commands are processes of their own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 300_000 })

const folder = mkdtempSync(join(tmpdir(), 'suites-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Verdicts {
  readonly data: readonly { readonly name: string; readonly failures: readonly { readonly message: string }[] }[]
}

describeWith(['kafka'], 'suites on Kafka', ({ kafka }) => {
  const env = { KAFKA_BROKERS: kafka.brokers.join(',') }

  test.each([
    ['the project’s own', join(PROJECT_FOLDER, 'topology/parse.suite.yaml')],
    ['windows, late records and stores', writeWindowsSuite(folder)],
  ])('%s: the same verdicts as in memory, also where they fail, and nothing is left behind', async (_, file) => {
    const broken = join(folder, 'broken.suite.yaml')
    const topology = join(PROJECT_FOLDER, 'topology/stonks.yaml')
    const content = readFileSync(file, 'utf8').replace('topology: stonks.yaml', `topology: ${topology}`)
    writeFileSync(broken, content.replace(/count: \d/g, 'count: 7'))
    const verdicts = async (suite: string, ...args: string[]) => {
      const { stdout, stderr, exitCode } = await stonks(['test', suite, '--json', ...args], args.length > 0 ? env : {})
      if (stdout === '') throw new Error(stderr)
      const { data } = JSON.parse(stdout) as Verdicts
      return { exitCode, cases: data.map(({ name, failures }) => [name, failures.map(({ message }) => message)]) }
    }
    const inMemory = await verdicts(file)
    expect(inMemory).toMatchObject({ exitCode: 0 })
    expect(await verdicts(file, '--kafka')).toEqual(inMemory)
    const failing = await verdicts(broken)
    expect(failing.exitCode).toBe(1)
    expect(await verdicts(broken, '--kafka')).toEqual(failing)
    const operations = await openClusterOperations({ brokers: kafka.brokers, clientId: 'suites-test' })
    const topics = (await operations.topics()).filter(({ topic }) => topic.startsWith('suite-'))
    const groups = (await operations.groups()).filter(({ groupId }) => groupId.startsWith('suite-'))
    await operations.close()
    expect([topics, groups]).toEqual([[], []])
  })
})
