import { describe, expect, test } from 'vitest'
import { CommandError, EXIT } from './output.ts'
import { parsePort, parseSpeed, readSettings } from './settings.ts'

const failure = (read: () => unknown): CommandError => {
  try {
    read()
  } catch (error) {
    if (error instanceof CommandError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('settings', () => {
  test('an empty environment is the embedded default on paper', () => {
    const s = readSettings({})
    expect(s).toMatchObject({ driver: 'embedded', mode: 'paper', port: 8000, host: '127.0.0.1', kafkaBrokers: [] })
    expect(s.topologyFile).toMatch(/topology\/stonks\.yaml$/)
    expect(s.dataFolder).toMatch(/\.stonks$/)
    expect([s.databaseUrl, s.redisUrl, s.s3, s.schemaRegistryUrl, s.guarantee]).toEqual(Array(5).fill(undefined))
  })

  test('brokers alone choose the Kafka driver; kafkajs says at least once', () => {
    expect(readSettings({ KAFKA_BROKERS: 'a:9092, b:9092' })).toMatchObject({
      driver: 'wire',
      kafkaBrokers: ['a:9092', 'b:9092'],
      guarantee: undefined,
    })
    expect(readSettings({ KAFKA_BROKERS: 'a:9092', STONKS_DRIVER: 'kafkajs' }).guarantee).toBe('at_least_once')
  })

  test('an empty variable is an unset one', () => {
    expect(readSettings({ STONKS_DRIVER: '', KAFKA_BROKERS: '', PORT: '', TRADING_MODE: '' }).driver).toBe('embedded')
  })

  test.each([
    [{ STONKS_DRIVER: 'foo' }, 'STONKS_DRIVER', 'embedded, kafkajs, librdkafka, wire'],
    [{ STONKS_DRIVER: 'kafkajs' }, 'KAFKA_BROKERS', 'host:port'],
    [{ PORT: '80000' }, 'PORT', '0 to 65535'],
    [{ OLLAMA_URL: 'localhost' }, 'OLLAMA_URL', 'http://host:port'],
    [{ STONKS_GUARANTEE: 'twice' }, 'STONKS_GUARANTEE', 'exactly_once'],
    [{ MINIO_ENDPOINT: 'minio:9000' }, 'MINIO_ACCESS_KEY', 'object store at http://minio:9000'],
  ])('a wrong one is named with what it takes: %j', (env, name, help) => {
    const error = failure(() => readSettings(env))
    expect(error.exitCode).toBe(EXIT.usage)
    expect(error.message).toContain(name)
    expect(error.help.join(' ')).toContain(help)
  })

  test('live trading is refused, not ignored', () => {
    expect(failure(() => readSettings({ TRADING_MODE: 'live' })).exitCode).toBe(EXIT.refused)
    expect(failure(() => readSettings({ TRADING_MODE: 'demo' })).exitCode).toBe(EXIT.usage)
  })

  test('database and Redis addresses are put together of their parts, passwords escaped', () => {
    const s = readSettings({
      POSTGRES_HOST: 'db',
      POSTGRES_PASSWORD: 'p@ss/word',
      REDIS_HOST: 'r',
      REDIS_PASSWORD: 'a:b',
    })
    expect(s.databaseUrl).toBe('postgres://stonks:p%40ss%2Fword@db:5432/stonks')
    expect(s.redisUrl).toBe('redis://:a%3Ab@r:6379')
  })

  test('the warehouse names bucket and prefix of the lake', () => {
    const s3 = { MINIO_ENDPOINT: 'minio:9000', MINIO_ACCESS_KEY: 'k', MINIO_SECRET_KEY: 's' }
    expect(readSettings(s3).s3).toMatchObject({ lakeBucket: 'stonks-lakehouse', lakePrefix: 'warehouse' })
    expect(readSettings({ ...s3, LAKE_WAREHOUSE: 's3a://other/deep/down/' }).s3).toMatchObject({
      lakeBucket: 'other',
      lakePrefix: 'deep/down',
    })
  })

  test('a speed is a number above 0, with or without x, or max', () => {
    expect(['60', '2.5x', 'max'].map((text) => parseSpeed(text, '--speed'))).toEqual(['60', '2.5', 'max'])
    for (const text of ['foo', '0', '-1'])
      expect(failure(() => parseSpeed(text, '--speed')).message).toContain('--speed')
  })

  test('a port is a whole number', () => {
    expect(parsePort('0', '--port')).toBe(0)
    for (const text of ['abc', '1.5', '-1', '65536'])
      expect(failure(() => parsePort(text, '--port')).message).toContain(text)
  })
})
