import {
  closeSync,
  existsSync,
  fdatasync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type Frame, type FramePlace, frameBytes, readFrames } from './lake-frames.ts'

const synced = promisify(fdatasync)

/**
 * Records that are safe but not yet in a Parquet file: what lets a commit be quick and a file be large. Two parts: the
 * one that grows, and the sealed one whose records are being written to files meanwhile. A cut-off tail is what no
 * commit has claimed, and is dropped.
 */
export interface LakeJournal {
  /** What an earlier life left in the sealed part and in the other, in order. */
  left(): { readonly sealed: readonly FramePlace[]; readonly grown: readonly FramePlace[] }
  /** Resolves once the frames are safe, with where they are. */
  append(frames: readonly Frame[]): Promise<readonly FramePlace[]>
  /** What has grown becomes the sealed part. There must be none. */
  seal(): void
  /** The body of a frame of the sealed part. */
  read(place: FramePlace): Uint8Array
  /** Everything in the sealed part is in Parquet files now. */
  drop(): void
  close(): void
}

/** Safe on disk: `file`, and `file`.sealed. */
export function openLakeJournal(file: string): LakeJournal {
  mkdirSync(dirname(file), { recursive: true })
  const sealedFile = `${file}.sealed`
  const left = { sealed: placesIn(sealedFile).places, grown: placesIn(file) }
  let grown = openSync(file, 'a+')
  let length = left.grown.end
  ftruncateSync(grown, length)
  let sealed = existsSync(sealedFile) ? openSync(sealedFile, 'r') : undefined
  return {
    left: () => ({ sealed: left.sealed, grown: left.grown.places }),
    async append(frames) {
      const { bytes, places } = layOut(frames, length)
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(grown, bytes, at)
        await synced(grown)
        length += bytes.length
        return places
      } catch (error) {
        ftruncateSync(grown, length)
        throw error
      }
    },
    seal() {
      if (sealed !== undefined) throw new Error(`lake: ${sealedFile} is still there`)
      renameSync(file, sealedFile)
      sealed = grown
      grown = openSync(file, 'a+')
      length = 0
    },
    read(place) {
      if (sealed === undefined) throw new Error(`lake: ${sealedFile} is gone`)
      return readWhole(sealed, place, sealedFile)
    },
    drop() {
      if (sealed === undefined) return
      rmSync(sealedFile)
      closeSync(sealed)
      sealed = undefined
    },
    close() {
      closeSync(grown)
      if (sealed !== undefined) closeSync(sealed)
    },
  }
}

/** In memory: where every flush writes files. */
export function memoryJournal(): LakeJournal {
  let grown = new Map<FramePlace, Uint8Array>()
  let sealed = new Map<FramePlace, Uint8Array>()
  return {
    left: () => ({ sealed: [], grown: [] }),
    async append(frames) {
      const { places } = layOut(frames, 0)
      for (const [index, place] of places.entries()) grown.set(place, frames[index]?.body ?? new Uint8Array())
      return places
    },
    seal() {
      sealed = grown
      grown = new Map()
    },
    read: (place) => new Uint8Array(sealed.get(place) ?? []),
    drop: () => sealed.clear(),
    close() {},
  }
}

const placesIn = (file: string): ReturnType<typeof readFrames> =>
  existsSync(file) ? readFrames(readFileSync(file)) : { places: [], end: 0 }

function layOut(frames: readonly Frame[], from: number): { readonly bytes: Buffer; readonly places: FramePlace[] } {
  const parts: Uint8Array[] = []
  const places: FramePlace[] = []
  let end = from
  for (const frame of frames) {
    const pieces = frameBytes(frame)
    for (const piece of pieces) end += piece.length
    parts.push(...pieces)
    places.push({ head: frame.head, at: end - frame.body.length, bytes: frame.body.length })
  }
  return { bytes: Buffer.concat(parts), places }
}

/** The whole body. */
function readWhole(descriptor: number, { at, bytes }: FramePlace, name: string): Uint8Array {
  const body = new Uint8Array(bytes)
  for (let done = 0; done < bytes; ) {
    const read = readSync(descriptor, body, done, bytes - done, at + done)
    if (read === 0) throw new Error(`lake: ${name} ends within a record`)
    done += read
  }
  return body
}
