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
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${group.replace(/[^\w.-]/g, '_')}-${at.toISOString().replaceAll(':', '-')}.json`)
  const descriptor = openSync(file, 'wx')
  try {
    writeSync(descriptor, `${JSON.stringify(body, null, 2)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return file
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
        (one) => typeof one.topic === 'string' && Number.isInteger(one.partition) && isOffset(one.offset),
      )
    if (isWhole && typeof body.group === 'string') return body
  } catch {
    // Falls through: what is wrong with it does not matter.
  }
  throw new CommandError(EXIT.refused, `${file} is no file of \`stonks reset\`; nothing was done`)
}

const isOffset = (offset: unknown): boolean => offset === null || (typeof offset === 'string' && /^\d+$/.test(offset))
