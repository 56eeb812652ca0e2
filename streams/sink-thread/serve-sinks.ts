import type { MessagePort } from 'node:worker_threads'
import { StreamsError } from '../errors.ts'
import type { TopicSpec } from '../graph.ts'
import type { Sink } from '../processor.ts'
import type { InputRecord } from '../record.ts'
import { isRetriable } from '../task/backoff.ts'
import { isPromise, QueuedRecord } from '../task/queued-record.ts'
import {
  type PackedRun,
  type SinkAnswer,
  type SinkCall,
  type SinkQuestion,
  sendError,
  unpackRecords,
} from './messages.ts'

export interface ServedSinks {
  readonly sinks: ReadonlyMap<string, Sink>
  /** By name on the log: every topic that any of the sinks reads. */
  readonly topics: ReadonlyMap<string, TopicSpec>
  /** Lets go of what the sinks had been handed. */
  readonly end: () => Promise<void>
}

type Unread = Extract<SinkAnswer, { unread: unknown }>['unread']
const NONE: Unread = []

/** The sinks' end of a `SinkThread`. */
export function serveSinks(port: MessagePort, served: ServedSinks): void {
  /** Sinks that are ready in this life of the thread: the engine calls `init` once, whatever becomes of the thread. */
  const ready = new Map<string, Promise<Sink>>()
  const readySink = (name: string): Promise<Sink> => {
    const sink = ready.get(name) ?? initialised(served, name)
    ready.set(name, sink)
    sink.catch(() => ready.delete(name))
    return sink
  }
  port.on('message', ({ id, asked }: SinkQuestion) => {
    answerTo(asked, served, readySink)
      .catch((error: unknown) => ({ error: sendError(error) }))
      .then((answer) => {
        port.postMessage({ id, ...answer } satisfies SinkAnswer)
        if (asked.call === 'end') port.close()
      })
  })
}

async function initialised({ sinks }: ServedSinks, name: string): Promise<Sink> {
  const sink = sinks.get(name)
  if (sink === undefined) throw new StreamsError('INVALID_STATE', `the thread runs no sink ${name}`)
  await sink.init?.()
  return sink
}

async function answerTo(
  asked: SinkCall,
  served: ServedSinks,
  readySink: (name: string) => Promise<Sink>,
): Promise<{ readonly unread: Unread }> {
  if (asked.call === 'end') {
    await served.end()
    return { unread: NONE }
  }
  const sink = await readySink(asked.sink)
  if (asked.call === 'flush') await sink.flush?.()
  if (asked.call === 'close') await sink.close?.()
  if (asked.call !== 'write') return { unread: NONE }
  const { records, unread } = await decodeAll(asked.runs, served.topics)
  if (records.length > 0) await sink.write(records)
  return { unread }
}

/** Throws what may pass, such as a schema registry that is away; what will not is told of the record. */
async function decodeAll(
  runs: readonly PackedRun[],
  topics: ServedSinks['topics'],
): Promise<{ readonly records: readonly InputRecord[]; readonly unread: Unread }> {
  const records: InputRecord[] = []
  const unread: Unread[number][] = []
  for (const [index, record] of unpackRecords(runs).entries()) {
    const spec = topics.get(record.topic)
    if (spec === undefined) throw new StreamsError('TOPIC_MISSING', `no sink of the thread reads ${record.topic}`)
    try {
      const decoding = new QueuedRecord(spec, record).decode()
      records.push(isPromise(decoding) ? await decoding : decoding)
    } catch (error) {
      if (isRetriable(error)) throw error
      unread.push({ index, error: sendError(error) })
    }
  }
  return { records, unread }
}
