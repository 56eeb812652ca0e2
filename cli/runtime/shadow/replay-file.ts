import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, EXIT } from '../../output.ts'
import type { Settings } from '../../settings.ts'
import type { Stretch, TimeRange } from './stretches.ts'

/** A replay that was begun: what it reads was decided then, so that a later run of the command goes on to the same end. */
export interface BegunReplay {
  readonly clusterId: string
  readonly range: TimeRange
  readonly stretches: readonly Stretch[]
}

interface FileJson {
  readonly version: 1
  readonly cluster_id: string
  readonly from: string
  /** Null: up to what was committed then. */
  readonly to: string | null
  readonly stretches: readonly {
    readonly topic: string
    readonly partition: number
    readonly from: string
    readonly end: string
  }[]
}

export const replayFolderOf = (settings: Settings, group: string): string =>
  join(settings.dataFolder, 'replays', group.replace(/[^\w.-]/g, '_'))
const fileOf = (settings: Settings, group: string): string => join(replayFolderOf(settings, group), 'replay.json')

/** On disk for certain when this returns. */
export function keepReplay(settings: Settings, group: string, { clusterId, range, stretches }: BegunReplay): void {
  const body: FileJson = {
    version: 1,
    cluster_id: clusterId,
    from: new Date(range.fromMs).toISOString(),
    to: range.toMs === undefined ? null : new Date(range.toMs).toISOString(),
    stretches: stretches.map(({ at, from, end }) => ({ ...at, from: String(from), end: String(end) })),
  }
  const file = fileOf(settings, group)
  try {
    mkdirSync(replayFolderOf(settings, group), { recursive: true })
    const descriptor = openSync(`${file}.new`, 'w')
    writeSync(descriptor, `${JSON.stringify(body, null, 2)}\n`)
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(`${file}.new`, file)
  } catch (error) {
    throw new CommandError(
      EXIT.missing,
      `the replay cannot be noted: ${(error as Error).message}; nothing was done`,
      'choose another folder with --data',
    )
  }
}

/** The replay that was begun with this data folder, if one was. */
export function readReplay(settings: Settings, group: string): BegunReplay | undefined {
  const file = fileOf(settings, group)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  try {
    const { cluster_id: clusterId, from, to, stretches } = JSON.parse(text) as FileJson
    const range = { fromMs: Date.parse(from), toMs: to === null ? undefined : Date.parse(to) }
    return {
      clusterId,
      range,
      stretches: stretches.map(({ topic, partition, from: first, end }) => ({
        at: { topic, partition },
        from: BigInt(first),
        end: BigInt(end),
      })),
    }
  } catch {
    throw new CommandError(EXIT.refused, `${file} is no file of \`stonks replay\`; nothing was done`, 'remove it')
  }
}

export const forgetReplay = (settings: Settings, group: string): void =>
  rmSync(replayFolderOf(settings, group), { recursive: true, force: true })
