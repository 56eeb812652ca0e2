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
  /** Those not dealt with, in order. */
  readonly letters: readonly Letter[]
  readonly handled: Handled
  /** Where the topic begins. */
  readonly start: bigint
}

const POLL_RECORDS = 1_000
const POLL_MS = 200
/** Nothing new for so long below a known end: what is left are markers. */
const QUIET_MS = 3_000

/** All letters of a node that are not dealt with, up to the end as it is now: what fails again meanwhile comes behind it. */
export async function openLetters(driver: LogDriver, box: LetterBox): Promise<Opened> {
  const at = { topic: box.topic, partition: 0 }
  const admin = await driver.admin()
  try {
    const topics = await admin.listTopics()
    if (!topics.some(({ topic }) => topic === box.topic)) return { letters: [], handled: NOTHING_HANDLED, start: 0n }
    const committed = (await admin.committedOffsets(box.group, [box.topic])).get(partitionKey(at))
    const handled = committed === undefined ? NOTHING_HANDLED : decodeHandled(committed.offset, committed.metadata)
    const [start = 0n] = await admin.startOffsets(box.topic)
    const [end = 0n] = await admin.endOffsets(box.topic)
    const from = later(handled.base, start)
    const letters = from >= end ? [] : await readUpTo(driver, box, from, end)
    return { letters: letters.filter(({ offset }) => !isHandled(handled, offset)), handled, start }
  } finally {
    await admin.close()
  }
}

async function readUpTo(driver: LogDriver, box: LetterBox, from: bigint, end: bigint): Promise<readonly Letter[]> {
  const at = { topic: box.topic, partition: 0 }
  const reader = await driver.reader([{ at, offset: from }])
  const letters: Letter[] = []
  try {
    for (let quietMs = 0; quietMs < QUIET_MS; ) {
      const records = await reader.poll(POLL_RECORDS, POLL_MS)
      quietMs = records.length > 0 ? 0 : quietMs + POLL_MS
      letters.push(...records.filter(({ offset }) => offset < end).map((record) => letterOf(box.node, record)))
      const reached = reader.position?.(at) ?? (letters.at(-1)?.offset ?? from - 1n) + 1n
      if (reached >= end) break
    }
    return letters
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
