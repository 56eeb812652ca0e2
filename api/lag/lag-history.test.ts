import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestDatabase } from '../testing/open-database.ts'
import { keepLag, readLagHistory } from './lag-history.ts'

let opened: Awaited<ReturnType<typeof openTestDatabase>>
beforeAll(async () => {
  opened = await openTestDatabase()
})
afterAll(() => opened?.close())

const at = (text: string): Date => new Date(`2026-03-02T${text}Z`)
const minute = (lagRecords: bigint, behindMs: number | undefined, status = 'ok', group = 'stonks.parse') => ({
  group,
  topic: 'stonks.documents.raw',
  lagRecords,
  behindMs,
  status,
})

test('of a minute the largest stays, of a step too, and what is of today is there for whoever starts anew', async () => {
  const { database } = opened
  await keepLag(database, [minute(5n, 1000), minute(1n, undefined, 'never', 'other')], at('10:00:05'))
  await keepLag(database, [minute(90n, 30_000, 'warn')], at('10:00:35'))
  await keepLag(database, [minute(7n, 2000)], at('10:03:01'))
  await keepLag(database, [minute(0n, 0)], at('10:07:00'))
  const query = { group: 'stonks.parse', hours: 24, stepMinutes: 5 }
  expect(await readLagHistory(database, query, at('12:00:00'))).toEqual({
    items: [
      {
        at: '2026-03-02T10:00:00.000Z',
        group: 'stonks.parse',
        topic: 'stonks.documents.raw',
        lag_records: '90',
        behind_ms: 30_000,
        status: 'ok',
      },
      {
        at: '2026-03-02T10:05:00.000Z',
        group: 'stonks.parse',
        topic: 'stonks.documents.raw',
        lag_records: '0',
        behind_ms: 0,
        status: 'ok',
      },
    ],
  })
  const everything = await readLagHistory(database, { hours: 24, stepMinutes: 60 }, at('12:00:00'))
  expect(everything.items.map(({ group, behind_ms }) => [group, behind_ms])).toEqual([
    ['other', null],
    ['stonks.parse', 30_000],
  ])
})

test('hours that are asked for bound the answer, and after a week it is dropped', async () => {
  const { database } = opened
  await keepLag(database, [minute(3n, 1)], at('15:00:00'))
  const recent = await readLagHistory(database, { hours: 1, stepMinutes: 1 }, at('15:30:00'))
  expect(recent.items.map(({ lag_records }) => lag_records)).toEqual(['3'])
  await keepLag(database, [minute(4n, 1)], new Date('2026-03-10T00:00:00Z'))
  const [{ count } = { count: '' }] = await database.query<{ count: string }>('select count(*) from lag_history')
  expect(count).toBe('1')
})
