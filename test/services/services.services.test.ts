import { randomUUID } from 'node:crypto'
import { Ajv } from 'ajv'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { Client as S3Client } from 'minio'
import { Ollama } from 'ollama'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningOllama, startOllama } from './index.ts'
import { isPresent } from './install-parts.ts'
import { librdkafkaPart, loadLibrdkafka } from './librdkafka.ts'
import { ollamaPart } from './ollama.ts'
import { requireService } from './require-service.ts'

test('Kafka gives back the record that was produced', async () => {
  const { brokers } = requireService('kafka')
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.ERROR })
  const [admin, producer, consumer] = [kafka.admin(), kafka.producer(), kafka.consumer({ groupId: randomUUID() })]
  const topic = `services-${randomUUID()}`
  try {
    await Promise.all([admin.connect(), producer.connect(), consumer.connect()])
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
    await producer.send({ topic, messages: [{ key: 'ACME', value: 'filed' }] })
    await consumer.subscribe({ topic, fromBeginning: true })
    const { promise, resolve } = Promise.withResolvers<string>()
    await consumer.run({ eachMessage: async ({ message }) => resolve(`${message.key}=${message.value}`) })
    expect(await promise).toBe('ACME=filed')
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()])
  }
})

test('the registry gives back a schema and refuses an incompatible one', async () => {
  const { url } = requireService('registry')
  const subject = `${url}/subjects/services-${randomUUID()}/versions`
  const post = (type: string): Promise<Response> =>
    fetch(subject, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify({ type: 'record', name: 'A', fields: [{ name: 'x', type }] }) }),
    })
  const registered = await post('string')
  expect(registered.status).toBe(200)
  const { id } = (await registered.json()) as { id: number }
  const fetched = (await (await fetch(`${url}/schemas/ids/${id}`)).json()) as { schema: string }
  expect(JSON.parse(fetched.schema)).toMatchObject({ name: 'A', fields: [{ name: 'x', type: 'string' }] })
  expect((await post('int')).status).toBe(409)
})

test('Redis gives back what was set', async () => {
  const redis = new Redis(requireService('redis').url)
  try {
    const key = randomUUID()
    await redis.set(key, 'kept', 'EX', 60)
    expect(await redis.get(key)).toBe('kept')
  } finally {
    redis.disconnect()
  }
})

test('Postgres answers a query', async () => {
  const client = new pg.Client({ connectionString: requireService('postgres').url })
  await client.connect()
  try {
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  } finally {
    await client.end()
  }
})

test('the S3 store gives back the object that was put', async () => {
  const { endpoint, accessKey, secretKey } = requireService('minio')
  const { hostname, port, protocol } = new URL(endpoint)
  const useSSL = protocol === 'https:'
  const client = new S3Client({
    endPoint: hostname,
    port: Number(port || (useSSL ? 443 : 80)),
    useSSL,
    accessKey,
    secretKey,
  })
  const bucket = `services-${randomUUID()}`
  await client.makeBucket(bucket)
  await client.putObject(bucket, 'a/b', Buffer.from('whole'))
  const chunks = await (await client.getObject(bucket, 'a/b')).toArray()
  expect(Buffer.concat(chunks).toString()).toBe('whole')
  await client.removeObject(bucket, 'a/b')
  await client.removeBucket(bucket)
})

test.skipIf(!isPresent(librdkafkaPart))('the native Kafka client loads and reaches the broker', async () => {
  const { brokers } = requireService('kafka')
  const native = loadLibrdkafka() as {
    AdminClient: { create(settings: object): NativeAdmin }
  }
  const admin = native.AdminClient.create({ 'bootstrap.servers': brokers.join(',') })
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>()
  admin.listTopics({ timeout: 10_000 }, (error, topics) => (error ? reject(error) : resolve(topics)))
  expect(Array.isArray(await promise)).toBe(true)
  admin.disconnect()
})

describe.skipIf(!isPresent(ollamaPart))('Ollama with the tiny model', () => {
  let ollama: RunningOllama
  beforeAll(async () => {
    ollama = await startOllama()
  })
  afterAll(() => ollama?.stop())

  test('answers a chat in the shape that a JSON schema asks for', async () => {
    const schema = {
      type: 'object',
      properties: { side: { enum: ['buy', 'sell'] }, score: { type: 'integer', minimum: 0, maximum: 9 } },
      required: ['side', 'score'],
      additionalProperties: false,
    }
    const answer = await new Ollama({ host: ollama.url }).chat({
      model: ollama.model,
      messages: [{ role: 'user', content: 'ACME beats its own forecast' }],
      format: schema,
      options: { temperature: 0, seed: 1, num_predict: 200 },
    })
    const check = new Ajv().compile(schema)
    expect(check(JSON.parse(answer.message.content)), JSON.stringify(check.errors)).toBe(true)
  })
})

interface NativeAdmin {
  listTopics(options: object, done: (error: Error | null, topics: readonly string[]) => void): void
  disconnect(): void
}
