import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../../test/services/require-service.ts'
import type { KafkaConnection } from './kafka/connection.ts'
import { createCluster } from './kafkajs/internals.ts'
import { kafkajsConfig } from './kafkajs/settings.ts'
import type { LogDriver } from './port.ts'
import {
  type Bench,
  codeOf,
  DRIVERS,
  everything,
  fresh,
  KEEP_MS,
  onlyOutputs,
  PRESENT,
  record,
  records,
  text,
  withBench,
} from './testing/driver-bench.ts'
import { interruptCommits } from './testing/interrupted-commits.ts'
import { pollTogether, readAll } from './testing/member.ts'

/** Throws a member out as a coordinator does whose patience is over; the member hears of it at its next request. */
async function throwOut({ connection }: Bench, groupId: string): Promise<void> {
  const admin = new kafkajs.Kafka(kafkajsConfig(connection)).admin()
  await admin.connect()
  const { groups } = await admin.describeGroups([groupId])
  await admin.disconnect()
  const cluster = createCluster(kafkajsConfig(connection))
  await cluster.connect()
  const coordinator = await cluster.findGroupCoordinator({ groupId })
  for (const { memberId } of groups[0]?.members ?? []) await coordinator.leaveGroup({ groupId, memberId })
  await cluster.disconnect()
}

interface Case {
  readonly promise: string
  readonly needs?: 'exactly_once'
  /** Most of its time it waits, so all drivers do it at once. */
  readonly waits?: true
  readonly run: (bench: Bench) => Promise<void>
}

const CASES: readonly Case[] = [
  {
    promise: 'a record comes back with key, value, headers and time, and a tombstone as one',
    run: async (bench) => {
      const topic = await bench.topic(1)
      const full = { ...record(topic, 0, 1), headers: { trace: 'größer', empty: '' } }
      const tombstone = { ...record(topic, 0, 2), value: undefined }
      const empty = { ...record(topic, 0, 3), key: undefined, value: new Uint8Array() }
      const offsets = await (await bench.producer()).commit(onlyOutputs([full, tombstone, empty]))
      const reader = bench.closing(await bench.driver.reader(everything(topic, 1)))
      const read = await readAll(reader, 3)
      expect(read.map(({ offset }) => offset)).toEqual(offsets)
      expect(read.map(({ key }) => text(key))).toEqual(['k1', 'k2', undefined])
      expect(read.map(({ value }) => text(value))).toEqual(['v1', undefined, ''])
      expect(read[0]).toMatchObject({ topic, partition: 0, timestampMs: full.timestampMs, headers: full.headers })
    },
  },
  {
    promise: 'records of a partition come in their order, from 50,000 written in one commit',
    run: async (bench) => {
      const topic = await bench.topic(3)
      const offsets = await (await bench.producer()).commit(onlyOutputs(records(topic, 3, 50_000)))
      const reader = bench.closing(await bench.driver.reader(everything(topic, 3)))
      const read = await readAll(reader, 50_000)
      expect(read).toHaveLength(50_000)
      for (const partition of [0, 1, 2]) {
        const numbers = read.filter((r) => r.partition === partition).map(({ value }) => Number(text(value)?.slice(1)))
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
      }
      for (const { partition, offset, value } of read) {
        const n = Number(text(value)?.slice(1))
        expect(offsets[n] === offset && n % 3 === partition).toBe(true)
      }
    },
  },
  {
    promise: 'a group goes on from its commit, which keeps its metadata',
    run: async (bench) => {
      const [topic, group] = [await bench.topic(2), fresh('group')]
      const producer = await bench.producer()
      await producer.commit(onlyOutputs(records(topic, 2, 10)))
      const first = await bench.member([topic], group)
      await first.receive(10)
      await producer.commit(first.batch([], 'bits: ü'))
      await first.consumer.close()
      expect(await bench.admin.committedOffsets(group, [topic])).toEqual(
        new Map([0, 1].map((p) => [`${topic}-${p}`, { offset: expect.any(BigInt), metadata: 'bits: ü' }])),
      )
      await producer.commit(onlyOutputs([record(topic, 0, 99)]))
      const second = await bench.member([topic], group)
      await second.receive(1)
      second.records.push(...(await second.consumer.poll(10, 500)))
      expect(second.records.map(({ value }) => text(value))).toEqual(['v99'])
    },
  },
  {
    promise: 'outputs and offsets of a killed process are visible together or not at all',
    needs: 'exactly_once',
    waits: true,
    run: async (bench) => {
      const topic = await bench.topic(2)
      await bench.topic(1, `${topic}.in`)
      const script = join(import.meta.dirname, 'testing', 'killed-before-commit.ts')
      const die = async (where: string) => {
        const args = [
          script,
          bench.driver.name,
          bench.connection.brokers.join(','),
          topic,
          `${topic}.id`,
          '1000',
          where,
        ]
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
        expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
      }
      const seen = async () => {
        const reader = await bench.driver.reader(everything(topic, 2))
        const read = await readAll(reader, 2_000, 1_500)
        await reader.close()
        const committed = await bench.admin.committedOffsets(`${topic}.group`, [`${topic}.in`])
        return [read.length, committed.get(`${topic}.in-0`)?.offset]
      }
      await die('before commit')
      expect(await seen()).toEqual([0, undefined])
      await die('after commit')
      expect(await seen()).toEqual([1_000, 1_000n])
    },
  },
  {
    promise: 'records of aborted transactions are hidden, also where transactions overlap',
    run: async (bench) => {
      const topic = await bench.topic(1)
      const client = new kafkajs.Kafka(kafkajsConfig(bench.connection))
      const producers = ['a', 'b', 'c'].map((id) =>
        client.producer({ transactionalId: fresh(id), maxInFlightRequests: 1, idempotent: true }),
      )
      const [a, b, c] = await Promise.all(
        producers.map(async (producer) => {
          await producer.connect()
          return producer.transaction()
        }),
      )
      const send = (transaction: typeof a, value: string) =>
        transaction!.send({ topic, messages: [{ partition: 0, value }] })
      for (const round of [1, 2, 3]) {
        await send(a, `aborted a${round}`)
        await send(b, `aborted b${round}`)
        await send(c, `kept c${round}`)
      }
      // Ended in another order than begun: the broker lists them by their ends.
      await b!.abort()
      await send(a, 'aborted a4')
      await c!.commit()
      await a!.abort()
      await Promise.all(producers.map((producer) => producer.disconnect()))
      const reader = bench.closing(await bench.driver.reader(everything(topic, 1)))
      const read = await readAll(reader, 4, 1_500)
      expect(read.map(({ value }) => text(value))).toEqual(['kept c1', 'kept c2', 'kept c3'])
    },
  },
  {
    promise: 'a process started again takes its transactional id over, and the one before is fenced',
    needs: 'exactly_once',
    run: async (bench) => {
      const [topic, id] = [await bench.topic(1), fresh('id')]
      const before = await bench.producer(id)
      await before.commit(onlyOutputs([record(topic, 0, 1)]))
      const after = await bench.producer(id)
      await after.commit(onlyOutputs([record(topic, 0, 2)]))
      expect(await codeOf(before.commit(onlyOutputs([record(topic, 0, 3)])))).toBe('PRODUCER_FENCED')
      expect(await codeOf(before.commit(onlyOutputs([record(topic, 0, 3)])))).toBe('PRODUCER_FENCED')
      await after.commit(onlyOutputs([record(topic, 0, 4)]))
      const read = await readAll(bench.closing(await bench.driver.reader(everything(topic, 1))), 4, 1_500)
      expect(read.map(({ value }) => text(value))).toEqual(['v1', 'v2', 'v4'])
    },
  },
  {
    promise: 'a commit whose answer is lost is called ambiguous, and its producer refuses to go on',
    needs: 'exactly_once',
    run: async (bench) => {
      const [topic, id] = [await bench.topic(1), fresh('id')]
      const producer = await bench.producer(id)
      // Asked for, but the answer never gets here.
      const restore = interruptCommits(bench.driver.name, async (real, lose) => {
        await real()
        lose()
      })
      const commit = () => producer.commit(onlyOutputs([record(topic, 0, 1)]))
      expect(await codeOf(commit())).toBe('COMMIT_AMBIGUOUS')
      restore()
      expect(await codeOf(commit())).toBe('COMMIT_AMBIGUOUS')
      await producer.close()
      await (await bench.producer(id)).commit(onlyOutputs([record(topic, 0, 2)]))
      const read = await readAll(bench.closing(await bench.driver.reader(everything(topic, 1))), 3, 1_500)
      expect(read.map(({ value }) => text(value))).toEqual(['v1', 'v2'])
    },
  },
  {
    promise: 'a member that was thrown out of its group cannot commit, and is told what it lost',
    run: async (bench) => {
      const [input, output, group] = [await bench.topic(1), await bench.topic(1), fresh('group')]
      const producer = await bench.producer()
      await producer.commit(onlyOutputs(records(input, 1, 5)))
      const zombie = await bench.member([input], group)
      await zombie.receive(5)
      await throwOut(bench, group)
      expect(await codeOf(producer.commit(zombie.batch([record(output, 0, 1)])))).toBe('PRODUCER_FENCED')
      expect(await bench.admin.committedOffsets(group, [input])).toEqual(new Map())
      if (bench.driver.capabilities.guarantees.includes('exactly_once')) {
        const reader = bench.closing(await bench.driver.reader(everything(output, 1)))
        expect(await readAll(reader, 1, 1_500)).toEqual([])
      }
      await zombie.pollUntil(() => zombie.lost.length > 0 && zombie.records.length >= 10)
      expect(zombie.lost).toEqual([`${input}-0`])
      await producer.commit(zombie.batch())
      expect([...(await bench.admin.committedOffsets(group, [input])).keys()]).toEqual([`${input}-0`])
    },
  },
  {
    promise: 'members share partitions out, partition p of every topic to the same one, and all read broadcast topics',
    run: async (bench) => {
      const [left, right, all] = [await bench.topic(4), await bench.topic(4), await bench.topic(2)]
      const group = fresh('group')
      const one = await bench.member([left, right], group, [all])
      await pollTogether([one], () => one.holds.length === 10)
      const two = await bench.member([left, right], group, [all])
      await pollTogether([one, two], () => one.holds.length === 6 && two.holds.length === 6)
      for (const { holds } of [one, two]) {
        const numbers = (topic: string) => holds.filter((at) => at.topic === topic).map((at) => at.partition)
        expect(numbers(left)).toEqual(numbers(right))
        expect(numbers(all)).toEqual([0, 1])
      }
      await (await bench.producer()).commit(onlyOutputs([...records(left, 4, 8), ...records(all, 2, 2)]))
      await pollTogether([one, two], () => one.records.length + two.records.length >= 12)
      expect([one.records.length, two.records.length]).toEqual([6, 6])
    },
  },
  {
    promise: 'a paused partition gives nothing until it is resumed, the others go on',
    run: async (bench) => {
      const topic = await bench.topic(2)
      const producer = await bench.producer()
      const member = await bench.member([topic], fresh('group'))
      await member.pollUntil(() => member.holds.length === 2)
      await producer.commit(onlyOutputs(records(topic, 2, 10)))
      await member.receive(1)
      member.consumer.pause([{ topic, partition: 0 }])
      const before = member.records.filter(({ partition }) => partition === 0).length
      await producer.commit(onlyOutputs(records(topic, 2, 10)))
      await member.pollUntil(() => member.records.filter(({ partition }) => partition === 1).length === 10)
      expect(await member.consumer.poll(100, 300)).toEqual([])
      expect(member.records.filter(({ partition }) => partition === 0)).toHaveLength(before)
      member.consumer.resume([{ topic, partition: 0 }])
      await member.receive(20)
      const zero = member.records.filter(({ partition }) => partition === 0).map(({ offset }) => offset)
      expect(zero).toEqual(
        Array.from({ length: 10 }, (_, n) => BigInt(n) + (zero[0] ?? 0n))
          .slice(0, 5)
          .concat(zero.slice(5)),
      )
      expect(new Set(zero).size).toBe(10)
    },
  },
  {
    promise: 'what is committed while partitions are revoked is where the next member begins',
    run: async (bench) => {
      const [topic, group] = [await bench.topic(2), fresh('group')]
      const producer = await bench.producer()
      await producer.commit(onlyOutputs(records(topic, 2, 100)))
      const one = await bench.member([topic], group)
      one.onRevoke = async () => void (await producer.commit(one.batch()))
      await one.receive(100)
      const two = await bench.member([topic], group)
      await pollTogether([one, two], () => one.holds.length === 1 && two.holds.length === 1)
      await producer.commit(onlyOutputs(records(topic, 2, 2)))
      await pollTogether([one, two], () => one.records.length + two.records.length >= 102)
      await two.consumer.poll(10, 300)
      expect([one.records.length, two.records.length]).toEqual([101, 1])
    },
  },
  {
    promise: 'a member that is busy with records for long keeps its place',
    waits: true,
    run: async (bench) => {
      const [topic, group] = [await bench.topic(1), fresh('group')]
      const producer = await bench.producer()
      await producer.commit(onlyOutputs(records(topic, 1, 5)))
      const member = await bench.member([topic], group)
      await member.receive(5)
      await sleep(20_000)
      await producer.commit(member.batch())
      await producer.commit(onlyOutputs([record(topic, 0, 9)]))
      await member.receive(6)
      expect(member.lost).toEqual([])
    },
  },
  {
    promise: 'start and end of a topic are told, and a topic of another shape is refused',
    run: async (bench) => {
      const topic = await bench.topic(2)
      await (await bench.producer()).commit(onlyOutputs([record(topic, 0, 1), record(topic, 0, 2)]))
      const [first, second] = await bench.admin.endOffsets(topic)
      expect([first! >= 2n, second]).toEqual([true, 0n])
      expect(await bench.admin.startOffsets(topic)).toEqual([0n, 0n])
      expect(await bench.admin.listTopics()).toContainEqual({ topic, partitions: 2 })
      const asked = bench.admin.ensureTopics([{ topic, partitions: 5, cleanup: 'delete', retentionMs: KEEP_MS }])
      await expect(asked).rejects.toMatchObject({ code: 'TOPOLOGY_INVALID', details: { topic, wanted: 5, found: 2 } })
      expect(await codeOf(bench.admin.endOffsets(fresh('nowhere')))).toBe('TOPIC_MISSING')
      expect(await codeOf(bench.driver.reader(everything(fresh('nowhere'), 1)))).toBe('TOPIC_MISSING')
    },
  },
  {
    promise: 'a topic keeps its records longer when asked, never shorter',
    run: async (bench) => {
      const asked = { topic: fresh('kept'), partitions: 1, cleanup: 'delete' } as const
      const { topic } = asked
      await bench.admin.ensureTopics([{ ...asked, retentionMs: 1e12 }])
      const retentions: unknown[] = []
      for (const retentionMs of [2e12, -1, 3e12]) {
        await bench.admin.ensureTopics([{ ...asked, retentionMs }])
        retentions.push((await configOf(bench.connection, topic))['retention.ms'])
      }
      expect(retentions).toEqual(['2000000000000', '-1', '-1'])
    },
  },
  {
    promise: 'a source without a group of readers commits its position with its outputs',
    run: async (bench) => {
      const [topic, input, group] = [await bench.topic(1), await bench.topic(1), fresh('source')]
      const at = { topic: input, partition: 0 }
      const offsets = new Map([['in', { at, committed: { offset: 7n, metadata: 'cursor' } }]])
      const batch = { outputs: [record(topic, 0, 1)], consumer: undefined, groupId: group, offsets }
      await (await bench.producer()).commit(batch)
      const committed = await bench.admin.committedOffsets(group, [input])
      expect(committed).toEqual(new Map([[`${input}-0`, { offset: 7n, metadata: 'cursor' }]]))
    },
  },
  {
    promise: 'a position that retention has overtaken is an error, never skipped in silence',
    run: async (bench) => {
      const topic = await bench.topic(1)
      await (await bench.producer()).commit(onlyOutputs(records(topic, 1, 20)))
      const admin = new kafkajs.Kafka(kafkajsConfig(bench.connection)).admin()
      await admin.connect()
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '10' }] })
      await admin.disconnect()
      const read = async () => {
        const reader = await bench.driver.reader([{ at: { topic, partition: 0 }, offset: 3n }])
        await readAll(bench.closing(reader), 1)
      }
      await expect(read()).rejects.toMatchObject({
        code: 'INVALID_STATE',
        details: { topic, partition: 0, offset: 3n },
      })
      const rest = bench.closing(await bench.driver.reader(everything(topic, 1)))
      expect((await readAll(rest, 10))[0]?.offset).toBe(10n)
    },
  },
]

/** What is set for a topic, by the names of the broker. */
async function configOf(connection: KafkaConnection, name: string): Promise<Readonly<Record<string, string>>> {
  const admin = new kafkajs.Kafka(kafkajsConfig(connection)).admin()
  await admin.connect()
  const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }]
  const { resources: found } = await admin.describeConfigs({ resources, includeSynonyms: false })
  await admin.disconnect()
  return Object.fromEntries(found[0]!.configEntries.map((entry) => [entry.configName, entry.configValue]))
}

const promises = (open: (connection: KafkaConnection) => LogDriver, { needs }: Case): boolean =>
  needs === undefined || open({ brokers: [], clientId: '' }).capabilities.guarantees.includes(needs)

describeWith(['kafka'], 'on a real broker', ({ kafka }) => {
  for (const { name, why, open } of DRIVERS) {
    describe.skipIf(why !== '')(why === '' ? name : `${name}: ${why}`, () => {
      for (const one of CASES) {
        const { promise, waits, run } = one
        const promised = promises(open, one)
        if (promised && !waits) test(promise, () => withBench(open, kafka.brokers, run))
        else if (!promised && name === 'kafkajs')
          test(`not promised, and refused: ${promise}`, async () => {
            const refused = open({ brokers: kafka.brokers, clientId: 'c' }).producer({
              guarantee: 'exactly_once',
              transactionalId: 'x',
            })
            expect(await codeOf(refused)).toBe('GUARANTEE_UNSUPPORTED')
          })
      }
    })
  }

  describe.concurrent('all drivers at once', () => {
    for (const one of CASES.filter(({ waits }) => waits))
      for (const { name, open } of PRESENT.filter(({ open }) => promises(open, one)))
        test(`${name}: ${one.promise}`, () => withBench(open, kafka.brokers, one.run))
  })
})
