import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { examples } from './testing/examples.ts'
import { flowDriver } from './testing/flow-driver.ts'

const TOPICS = {
  bars: 1,
  news: 1,
  companies: 1,
  notable: 1,
  venue_volumes: 1,
  late_bars: 1,
  reactions: 1,
  headlines: 1,
  families: 1,
  sector_sizes: 1,
}

/** Code without the indentation and line breaks the two places may differ in. */
const plain = (text: string): string => text.replaceAll(/\s+|,(?=\s*[)\]}])/g, '')

test('the page on operators shows the code that is run here', () => {
  const page = readFileSync(new URL('../../docs/operators.md', import.meta.url), 'utf8')
  const shown = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? 'nothing'
  const run = readFileSync(new URL('./testing/examples.ts', import.meta.url), 'utf8')
  expect(plain(run)).toContain(plain(shown))
})

test('an example of each family gives what its comment says', async () => {
  const driver = flowDriver(TOPICS, examples)
  const valuesOf = async (name: string) => (await driver.read(name)).map((r) => r.value)
  await driver.pipe('companies', { key: 'P', value: { name: 'Parent', sector: 'tech' }, timestampMs: 1 })
  await driver.pipe('companies', { key: 'X', value: { name: 'X Corp', sector: 'tech', parent: 'P' }, timestampMs: 2 })
  await driver.pipe('news', { key: 'X', value: { title: 'up' }, timestampMs: 1_000 })
  await driver.pipe('bars', { key: 'X', value: { price: 5, volume: 2_000, venue: 'V' }, timestampMs: 2_000 })
  await driver.pipe('bars', { key: 'X', value: { price: 200, volume: 10, venue: 'V' }, timestampMs: 70_000 })
  await driver.pipe('companies', { key: 'Y', value: { name: 'Y Corp', sector: 'tech' }, timestampMs: 80_000 })
  expect(await valuesOf('notable')).toEqual([{ price: 5 }, { price: 200 }])
  expect(await valuesOf('venue_volumes')).toEqual([{ venue: 'V', at: 0, volume: 2_000 }])
  expect(await valuesOf('reactions')).toEqual([{ title: 'up', price: 5 }])
  expect(await valuesOf('headlines')).toEqual(['X Corp: up'])
  expect(await valuesOf('families')).toEqual(['Parent of nobody', 'X Corp of Parent', 'Y Corp of nobody'])
  expect(await valuesOf('sector_sizes')).toEqual([3])
})
