import { setImmediate } from 'node:timers/promises'
import type { ObjectStore } from '../objects/object-store.ts'
import { encodeFile } from './encode-file.ts'
import { type FramePlace, type PlannedFile, planFiles } from './lake-frames.ts'
import type { LakeJournal } from './lake-journal.ts'
import type { LakeSchema } from './parquet-schema.ts'

export interface LakeRollOptions {
  readonly journal: LakeJournal
  /** By topic. */
  readonly schemas: ReadonlyMap<string, LakeSchema>
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
  /** Resolves once all files are put and the sealed part is dropped. Throws what encoding or the store throws. */
  finish(): Promise<void>
}

export function openLakeRoll({ journal, schemas, store, tableOf }: LakeRollOptions): LakeRoll {
  /** Cut once: a file that could not be put, or perhaps was, is tried again under the same name with the same records. */
  let planned: readonly PlannedFile[] = []
  let running: Promise<void> | undefined

  function plan(places: readonly FramePlace[]): void {
    planned = planFiles(places, tableOf)
  }

  async function putAll(): Promise<void> {
    for (let [file] = planned; file !== undefined; [file] = planned) {
      // Encoding keeps this thread busy: others get their turn between two files.
      await setImmediate()
      const frames = file.places.map((place) => ({ partition: place.head.partition, body: journal.read(place) }))
      await store.put(file.key, encodeFile(schemas, { topic: file.topic, frames }))
      planned = planned.slice(1)
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
