// A bare loop of kafkajs, at least once: node kafkajs-loop.ts WORKLOAD BROKERS FROM TO GROUP
import kafkajs from 'kafkajs'
import { decode, encode } from './orders.ts'

const [, brokers = '', from = '', to = '', groupId = ''] = process.argv.slice(2)
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), clientId: groupId, logLevel: kafkajs.logLevel.NOTHING })
const producer = kafka.producer({ maxInFlightRequests: 5 })
const consumer = kafka.consumer({ groupId, maxBytesPerPartition: 4 << 20 })
await producer.connect()
await consumer.connect()
await consumer.subscribe({ topics: [from], fromBeginning: true })
await consumer.run({
  autoCommit: false,
  partitionsConsumedConcurrently: 4,
  eachBatch: async ({ batch, heartbeat }) => {
    const messages = batch.messages.map(({ key, value, timestamp }) => ({
      key,
      value: encode({ ...decode(value ?? Buffer.alloc(0)), status: 'seen' }),
      timestamp,
    }))
    await producer.send({ topic: to, messages })
    const next = String(BigInt(batch.lastOffset()) + 1n)
    await consumer.commitOffsets([{ topic: from, partition: batch.partition, offset: next }])
    await heartbeat()
  },
})
process.once('SIGTERM', async () => {
  await consumer.disconnect()
  await producer.disconnect()
  process.exit(0)
})
