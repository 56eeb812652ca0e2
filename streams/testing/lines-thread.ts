// A thread with one sink, `lines`, for tests: what it makes durable is a line in a file. Some values make trouble, once.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { Sink } from '../processor.ts'
import { serveSinks } from '../sink-thread/serve-sinks.ts'
import { graphOf } from './graph-of.ts'

const { file, topics } = workerData as { readonly file: string; readonly topics: Readonly<Record<string, number>> }

/** True the first time that any life of the thread asks. */
function isFirst(what: string): boolean {
  const marker = `${file}.${what}`
  if (existsSync(marker)) return false
  writeFileSync(marker, '')
  return true
}

const lines: Sink = {
  init() {
    appendFileSync(file, 'init\n')
  },
  async write(records) {
    const values = records.map((record) => record.value)
    if (values.includes('refused')) throw new TypeError('it is refused')
    if (values.includes('away') && isFirst('away')) throw Object.assign(new Error('away'), { retriable: true })
    if (values.includes('death') && isFirst('death')) process.exit(3)
    appendFileSync(file, values.map((value) => `${JSON.stringify(value)}\n`).join(''))
  },
}

if (topics['none'] !== undefined) throw new Error('this thread cannot start')
const specs = Object.values(graphOf(topics, []).topics)
if (parentPort !== null)
  serveSinks(parentPort, {
    sinks: new Map([['lines', lines]]),
    topics: new Map(specs.map((spec) => [spec.topic, spec])),
    end: async () => appendFileSync(file, 'end\n'),
  })
