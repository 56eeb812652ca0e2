import type { ObjectStore } from '../objects/object-store.ts'
import type { FileEncoder } from './file-encoder.ts'
import { type FramePlace, type PlannedFile, planFiles } from './lake-frames.ts'
import type { LakeJournal } from './lake-journal.ts'

export interface LakeRollOptions {
  readonly journal: LakeJournal
  readonly encoder: FileEncoder
  readonly store: ObjectStore
  readonly tableOf: (topic: string) => string
}

/** Brings the sealed part of the journal into files, then drops it. */
export interface LakeRoll {
  /** True where files could not be put and nobody is at it; `finish` tries them again. */
  readonly failed: boolean
  /** Places of a part that an earlier life sealed: those that are in no file yet. */
  resume(places: readonly FramePlace[]): void
  /** Seals the journal, whose places these are. What was sealed before must be finished. */
  seal(places: readonly FramePlace[]): void
  /** Writes the files meanwhile. After an error `finish` tries again. */
  begin(): void
  /** Resolves once all files are put and the sealed part is dropped. Throws what the encoder or the store throws. */
  finish(): Promise<void>
}

/** Files in the hands of the encoder at a time: so many that it need not wait for this thread. */
const FILES_AT_ONCE = 16
/** Of the sealed part: where a thread is worth its start and its memory. */
const THREAD_FROM_BYTES = 256 * 1024

export function openLakeRoll({ journal, encoder, store, tableOf }: LakeRollOptions): LakeRoll {
  /** Cut once: a file that could not be put, or perhaps was, is tried again under the same name with the same records. */
  let planned: readonly PlannedFile[] = []
  let on: 'here' | 'thread' = 'here'
  let running: Promise<void> | undefined

  function plan(places: readonly FramePlace[]): void {
    planned = planFiles(places, tableOf)
    on = places.reduce((bytes, place) => bytes + place.bytes, 0) >= THREAD_FROM_BYTES ? 'thread' : 'here'
  }

  const encode = async ({ topic, places }: PlannedFile): Promise<Uint8Array> => {
    const frames = places.map((place) => ({ partition: place.head.partition, body: journal.read(place) }))
    return encoder.encode({ topic, frames }, on)
  }

  async function putAll(): Promise<void> {
    while (planned.length > 0) {
      const few = planned.slice(0, FILES_AT_ONCE)
      const encoded = await Promise.all(few.map(encode))
      for (const [index, { key }] of few.entries()) {
        await store.put(key, encoded[index] as Uint8Array)
        planned = planned.slice(1)
      }
    }
    journal.drop()
  }

  return {
    get failed() {
      return running === undefined && planned.length > 0
    },
    resume: plan,
    seal(places) {
      if (places.length === 0) return
      journal.seal()
      plan(places)
    },
    begin() {
      running ??= putAll()
        .catch(() => {})
        .finally(() => {
          running = undefined
        })
    },
    async finish() {
      await running
      await putAll()
    },
  }
}
