import {
  deadLetterTopicOf,
  type Graph,
  type LogDriver,
  type LogProducer,
  partitionKey,
} from '../../../streams/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import {
  decodeHandled,
  encodeHandled,
  type Handled,
  isHandled,
  later,
  METADATA_CHARACTERS_MAX,
  NOTHING_HANDLED,
  withHandled,
} from './handled.ts'
import { type Letter, letterOf, replayOf } from './letter.ts'

/** The dead letters of one node: one topic of one partition, and what of it is dealt with. */
export interface LetterBox {
  readonly node: string
  readonly topic: string
  /** Consumer group that remembers what is dealt with; nobody is ever a member of it. */
  readonly group: string
}

export const letterBoxOf = (graph: Graph, node: string): LetterBox => {
  const topic = deadLetterTopicOf(graph, node)
  return { node, topic, group: topic }
}

export interface Opened {
  readonly handled: Handled
  /** Where the topic begins. */
  readonly start: bigint
}

const POLL_RECORDS = 1_000
const POLL_MS = 200
/** Nothing new for so long below a known end: what is left are markers. */
const QUIET_MS = 3_000

/**
 * Shows all letters of a node that are not dealt with, in order, up to the end as it is now: what fails again meanwhile comes
 * behind it. None is held here, so there may be any number.
 */
export async function openLetters(driver: LogDriver, box: LetterBox, see: (letter: Letter) => void): Promise<Opened> {
  const at = { topic: box.topic, partition: 0 }
  const admin = await driver.admin()
  try {
    const topics = await admin.listTopics()
    if (!topics.some(({ topic }) => topic === box.topic)) return { handled: NOTHING_HANDLED, start: 0n }
    const committed = (await admin.committedOffsets(box.group, [box.topic])).get(partitionKey(at))
    const handled = committed === undefined ? NOTHING_HANDLED : decodeHandled(committed.offset, committed.metadata)
    const [start = 0n] = await admin.startOffsets(box.topic)
    const [end = 0n] = await admin.endOffsets(box.topic)
    const from = later(handled.base, start)
    const seeUnhandled = (letter: Letter): void => {
      if (!isHandled(handled, letter.offset)) see(letter)
    }
    if (from < end) await readUpTo(driver, box, from, end, seeUnhandled)
    return { handled, start }
  } finally {
    await admin.close()
  }
}

async function readUpTo(
  driver: LogDriver,
  box: LetterBox,
  from: bigint,
  end: bigint,
  see: (letter: Letter) => void,
): Promise<void> {
  const at = { topic: box.topic, partition: 0 }
  const reader = await driver.reader([{ at, offset: from }])
  let next = from
  try {
    for (let quietMs = 0; quietMs < QUIET_MS; ) {
      const records = await reader.poll(POLL_RECORDS, POLL_MS)
      quietMs = records.length > 0 ? 0 : quietMs + POLL_MS
      for (const record of records) {
        if (record.offset >= end) continue
        next = record.offset + 1n
        see(letterOf(box.node, record))
      }
      if ((reader.position?.(at) ?? next) >= end) break
    }
  } finally {
    await reader.close()
  }
}

/** So many letters a commit: each is all or nothing. */
const BATCH = 200

/**
 * Deals with letters batch by batch: a replay writes their records to where they lay and remembers them in the same
 * transaction, so whoever is killed goes on behind the last batch, and nothing is replayed twice. Gives how many.
 * Throws where they lie too scattered to be remembered; the ones before are done.
 */
export async function dealWith(
  producer: LogProducer,
  box: LetterBox,
  opened: Opened,
  letters: readonly Letter[],
  options: { readonly replay: boolean; readonly done: (count: number) => void },
): Promise<number> {
  let { handled } = opened
  for (let i = 0; i < letters.length; i += BATCH) {
    const batch = letters.slice(i, i + BATCH)
    handled = withHandled(
      handled,
      batch.map(({ offset }) => offset),
      opened.start,
    )
    const metadata = encodeHandled(handled)
    if (metadata.length > METADATA_CHARACTERS_MAX) throw tooScattered(box.node, i)
    const at = { topic: box.topic, partition: 0 }
    await producer.commit({
      outputs: options.replay ? batch.flatMap((letter) => replayOf(letter) ?? []) : [],
      consumer: undefined,
      groupId: box.group,
      offsets: new Map([[partitionKey(at), { at, committed: { offset: handled.base, metadata } }]]),
    })
    options.done(i + batch.length)
  }
  return letters.length
}

const tooScattered = (node: string, done: number): CommandError =>
  new CommandError(
    EXIT.refused,
    `letters of ${node} lie too scattered to be remembered one by one; ${done} are done`,
    'replay or discard the older ones of other causes first',
  )
