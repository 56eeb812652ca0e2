import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { systemClock } from '../../streams/index.ts'
import { requireService } from '../../test/services/require-service.ts'
import { openS3ObjectStore } from './s3-object-store.ts'

test('a bucket keeps bytes under their key, once, with what is known of them', async () => {
  const minio = requireService('minio')
  const bucket = `test-${randomUUID()}`
  const options = { ...minio, bucket, prefix: 'warehouse', clock: systemClock }
  const [store, second] = await Promise.all([openS3ObjectStore(options), openS3ObjectStore(options)])
  await store.put('raw/s/2015/01/01/a', Buffer.from('first'), {
    url: 'https://news.example/é',
    content_type: 'text/html',
  })
  await second.put('raw/s/2015/01/01/a', Buffer.from('second'))
  expect(Buffer.from(await second.get('raw/s/2015/01/01/a')).toString()).toBe('first')
  expect([await store.has('raw/s/2015/01/01/a'), await store.has('raw/none')]).toEqual([true, false])
  expect(await store.list('raw/')).toEqual(['raw/s/2015/01/01/a'])
  await expect(store.get('raw/none')).rejects.toThrow(/no object raw\/none/)
})

test('an outage is waited out, then named', async () => {
  let now = 0
  const waits: number[] = []
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
      waits.push(ms)
    },
  }
  const options = {
    endpoint: 'http://127.0.0.1:9',
    accessKey: 'a',
    secretKey: 'b',
    bucket: 'c',
    clock,
    patienceMs: 2000,
  }
  await expect(openS3ObjectStore(options)).rejects.toThrow(/object store http:\/\/127\.0\.0\.1:9\/c/)
  expect(waits).toEqual([200, 400, 800])
})
