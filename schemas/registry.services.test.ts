import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeWith } from '../test/services/require-service.ts'
import type { AvroRecord } from './avro-schema.ts'
import { openConfluentRegistry } from './registry.ts'
import { openRegistryOperations } from './registry-operations.ts'

const record = (...fields: readonly string[]): AvroRecord =>
  ({
    type: 'record',
    name: 'Thing',
    fields: fields.map((name) => ({ name, type: ['null', 'string'], default: null })),
  }) as unknown as AvroRecord

describeWith(['registry'], 'a registry that others use too', ({ registry }) => {
  const operations = openRegistryOperations(registry.url)

  test('a new subject gets our level; one that is there keeps the level somebody has set', async () => {
    const [own, foreign] = [`own-${randomUUID()}-value`, `foreign-${randomUUID()}-value`]
    const ours = openConfluentRegistry(registry.url, 'FULL_TRANSITIVE')
    await ours.register(own, record('a'))
    await operations.register(foreign, JSON.stringify(record('a')))
    await operations.setCompatibility(foreign, 'BACKWARD')
    const id = await ours.register(foreign, record('a', 'b'))
    expect(id).toBe(await operations.find(foreign, JSON.stringify(record('a', 'b'))))
    expect(await ours.register(foreign, record('a', 'b'))).toBe(id)
    const [ownLevel, foreignLevel] = await Promise.all(
      [own, foreign].map(
        async (subject) => (await operations.subject(subject, JSON.stringify(record('a')))).compatibility,
      ),
    )
    expect([ownLevel, foreignLevel]).toEqual(['FULL_TRANSITIVE', 'BACKWARD'])
  })

  test('processes that start at once get the same id, and the level is set', async () => {
    const subject = `at-once-${randomUUID()}-value`
    const ids = await Promise.all(
      Array.from({ length: 8 }, () => openConfluentRegistry(registry.url, 'FULL').register(subject, record('a'))),
    )
    expect(new Set(ids).size).toBe(1)
    expect((await operations.subject(subject, JSON.stringify(record('a')))).compatibility).toBe('FULL')
  })
})
