// Writes records exactly once and dies by SIGKILL where told: `node killed-before-commit.ts driver brokers topic id count where`.
import { openLibrdkafkaDriver } from '../librdkafka/driver.ts'
import { openWireDriver } from '../wire/driver.ts'
import { interruptCommits } from './interrupted-commits.ts'

const [name = '', brokers = '', topic = '', transactionalId = '', count = '0', where = ''] = process.argv.slice(2)
const die = (): never => {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
interruptCommits(name, async (real) => {
  if (where === 'before commit') die()
  await real()
  die()
})
const open = name === 'librdkafka' ? openLibrdkafkaDriver : openWireDriver
const driver = open({ brokers: brokers.split(','), clientId: 'killed' })
const producer = await driver.producer({ guarantee: 'exactly_once', transactionalId })
const outputs = Array.from({ length: Number(count) }, (_, n) => ({
  topic,
  partition: n % 2,
  timestampMs: 1_000 + n,
  key: Buffer.from(`k${n}`),
  value: Buffer.from(`v${n}`),
  headers: {},
}))
const at = { topic: `${topic}.in`, partition: 0 }
const offsets = new Map([['in', { at, committed: { offset: BigInt(count), metadata: '' } }]])
await producer.commit({ outputs, consumer: undefined, groupId: `${topic}.group`, offsets })
process.exit(3)
