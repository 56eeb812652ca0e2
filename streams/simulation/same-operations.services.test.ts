import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeWith } from '../../test/services/require-service.ts'
import { openLibrdkafkaDriver } from '../log/librdkafka/driver.ts'
import { sameOperations } from './same-operations.ts'
import { simulatedOperations } from './simulated-operations.ts'

describeWith(['kafka'], 'the simulated broker', ({ kafka }) => {
  test('shows for the same operations what Kafka shows', async () => {
    const driver = openLibrdkafkaDriver({ brokers: kafka.brokers, clientId: 'same' })
    const real = await sameOperations(driver, randomUUID().slice(0, 8))
    await driver.close()
    expect(await simulatedOperations(1)).toEqual(real)
  })
})
