// Writes records exactly once and dies by SIGKILL where told: `node killed-before-commit.ts brokers topic id count where`.
import { openLibrdkafkaDriver } from '../librdkafka/driver.ts'
import { loadNative } from '../librdkafka/native.ts'

const [brokers = '', topic = '', transactionalId = '', count = '0', where = ''] = process.argv.slice(2)
const native = loadNative()
const die = (): never => {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
const commit = native.Producer.prototype.commitTransaction
if (where === 'before commit') native.Producer.prototype.commitTransaction = die
if (where === 'after commit') {
  native.Producer.prototype.commitTransaction = function (timeoutMs: number, done: (error: unknown) => void) {
    commit.call(this, timeoutMs, (error: unknown) => (error ? done(error) : die()))
  }
}
const driver = openLibrdkafkaDriver({ brokers: brokers.split(','), clientId: 'killed' }, native)
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
