import { afterAll, expect, test } from 'vitest'
import { requireService } from '../../test/services/require-service.ts'
import { ListWatch } from './list-watch.ts'
import { openRedis } from './redis-client.ts'

const list = `stonks:queue:watch-${process.pid}`
let redis: ReturnType<typeof openRedis> | undefined
afterAll(async () => {
  await redis?.del(list)
  redis?.disconnect()
})

test('the age of the first item is the time since a look at which it was there already, whoever takes the others', async () => {
  redis = openRedis(requireService('redis').url)
  let nowMs = 0
  const watch = new ListWatch(redis, list, () => nowMs)
  expect(await watch.look()).toMatchObject({ waiting: 0, oldestMs: 0, growthPerSecond: undefined })
  await redis.rpush(list, 'a', 'b')
  expect(await watch.look()).toMatchObject({ waiting: 2, oldestMs: 0 })
  nowMs = 10_000
  await redis.rpush(list, 'c')
  expect(await watch.look()).toMatchObject({ waiting: 3, oldestMs: 10_000, growthPerSecond: 0.1 })
  nowMs = 20_000
  // Older services take both that were there at first: c was seen ten seconds ago.
  await redis.lpop(list, 2)
  expect(await watch.look()).toMatchObject({ waiting: 1, oldestMs: 10_000, growthPerSecond: -0.2 })
  await redis.lpop(list)
  expect(await watch.look()).toMatchObject({ waiting: 0, oldestMs: 0 })
})

test('many looks at a list that stands still keep the first', async () => {
  redis = openRedis(requireService('redis').url)
  let nowMs = 0
  const watch = new ListWatch(redis, list, () => nowMs)
  for (; nowMs < 200_000; nowMs += 1_000) {
    await redis.rpush(list, `item ${nowMs}`)
    await watch.look()
  }
  expect((await watch.look()).oldestMs).toBe(200_000)
})
