import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { CommittedOffset, TopicPartition } from '../../../streams/index.ts'
import { CommandError, EXIT } from '../../output.ts'
import type { Move } from './reset.ts'

interface UndoJson {
  readonly version: 1
  readonly group: string
  readonly at: string
  readonly offsets: readonly {
    readonly topic: string
    readonly partition: number
    /** Null where nothing was committed. */
    readonly offset: string | null
    readonly metadata: string
  }[]
}

export interface Kept {
  readonly group: string
  readonly offsets: readonly { readonly at: TopicPartition; readonly committed: CommittedOffset | undefined }[]
}

/** Keeps where a group stood before it is moved; on disk for certain when this returns. */
export function keepOffsets(folder: string, group: string, moves: readonly Move[], at: Date): string {
  const body: UndoJson = {
    version: 1,
    group,
    at: at.toISOString(),
    offsets: moves.map(({ at: { topic, partition }, from }) => ({
      topic,
      partition,
      offset: from === undefined ? null : String(from.offset),
      metadata: from?.metadata ?? '',
    })),
  }
  const file = join(folder, `${group.replace(/[^\w.-]/g, '_')}-${at.toISOString().replaceAll(':', '-')}.json`)
  try {
    mkdirSync(folder, { recursive: true })
    writeDurably(file, `${JSON.stringify(body, null, 2)}\n`)
  } catch (error) {
    throw new CommandError(
      EXIT.missing,
      `where ${group} stands cannot be kept: ${(error as Error).message}; nothing was changed`,
      'choose another folder with --data',
    )
  }
  return file
}

function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, 'wx')
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

export function readKept(file: string): Kept {
  const body = parse(file)
  const offsets = body.offsets.map(({ topic, partition, offset, metadata }) => ({
    at: { topic, partition },
    committed: offset === null ? undefined : { offset: BigInt(offset), metadata },
  }))
  return { group: body.group, offsets }
}

function parse(file: string): UndoJson {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandError(EXIT.missing, `${file} cannot be read: ${(error as Error).message}`)
  }
  try {
    const body = JSON.parse(text) as UndoJson
    const isWhole =
      body.version === 1 &&
      body.offsets.every(
        (one) =>
          typeof one.topic === 'string' &&
          Number.isInteger(one.partition) &&
          isOffset(one.offset) &&
          typeof one.metadata === 'string',
      )
    if (isWhole && typeof body.group === 'string') return body
  } catch {
    // Falls through: what is wrong with it does not matter.
  }
  throw new CommandError(EXIT.refused, `${file} is no file of \`stonks reset\`; nothing was done`)
}

const OFFSET_MAX = 2n ** 63n - 1n
const isOffset = (offset: unknown): boolean =>
  offset === null || (typeof offset === 'string' && /^\d+$/.test(offset) && BigInt(offset) <= OFFSET_MAX)
