import { expect, test } from 'vitest'
import type { InputRecord } from '../../streams/index.ts'
import type { Database } from './database.ts'
import { postgresSink } from './postgres-sink.ts'

const lost = (code: string): Database => {
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error('gone'), { code }))
  return { query: fail, transaction: fail }
}
const bar = {
  symbol: 'ACME',
  timespan: '1d',
  start_at: 1,
  end_at: 2,
  open: '1',
  high: '1',
  low: '1',
  close: '1',
  adjusted_close: null,
  volume: '1',
  vwap: null,
  source_id: 'test',
  simulated: false,
}
const record: InputRecord = {
  topic: 'market.bars',
  partition: 0,
  offset: 0n,
  timestampMs: 1,
  key: 'ACME',
  value: bar,
  headers: {},
}
const write = (code: string): Promise<void> => postgresSink.create({}, { database: lost(code) }).write([record])

test.each(['ECONNREFUSED', '57P01', '08006', '53300'])(
  'an outage (%s) is told as one that may pass, so no record goes to dead letters',
  async (code) => {
    await expect(write(code)).rejects.toMatchObject({ name: 'OutageError', retriable: true })
  },
)

test('a refusal of the database stays what it is', async () => {
  await expect(write('22003')).rejects.not.toHaveProperty('retriable')
})
