import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeWith } from '../../../test/services/require-service.ts'
import { openClusterOperations } from '../kafka/open-driver.ts'
import { openKafkajsDriver } from './driver.ts'

describeWith(['kafka'], 'topics that others delete meanwhile', ({ kafka }) => {
  test('do not keep ours from being made', async () => {
    const driver = openKafkajsDriver({ brokers: kafka.brokers, clientId: 'topics' })
    const operations = await openClusterOperations({ brokers: kafka.brokers, clientId: 'topics' })
    const admin = await driver.admin()
    const name = randomUUID().slice(0, 8)
    for (let i = 0; i < 3; i++) await operations.createTopic(`big${i}.${name}`, 300, {})
    const ids = (await operations.topics()).filter(({ topic }) => topic.endsWith(name)).map(({ topicId }) => topicId)
    const deleting = Promise.all(ids.map((id) => operations.deleteTopic(id)))
    const ours = Array.from({ length: 5 }, (_, i) => `ours${i}.${name}`)
    for (const topic of ours) await admin.ensureTopics([{ topic, partitions: 2, cleanup: 'delete', retentionMs: -1 }])
    const made = (await operations.topics()).map(({ topic }) => topic)
    expect(made).toEqual(expect.arrayContaining(ours))
    await deleting
    await admin.close()
    await driver.close()
    await operations.close()
  })
})
