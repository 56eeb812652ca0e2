import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { AvroRecord } from '../../schemas/index.ts'
import { encodeFile, type FileToEncode } from './encode-file.ts'
import type { Encoded } from './encode-thread.ts'
import { type LakeSchema, lakeSchemaOf } from './parquet-schema.ts'

/** Turns frames into Parquet: few of them here, many on a thread of their own so that this one goes on meanwhile. */
export interface FileEncoder {
  /** Takes the frames' bytes away where `on` is the thread. Throws naming topic and offset of a record that does not fit. */
  encode(file: FileToEncode, on: 'here' | 'thread'): Promise<Uint8Array>
  close(): Promise<void>
}

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void
  readonly reject: (error: unknown) => void
}

/** A file's rows live as long as its encoding: a larger nursery would take a hundred MB and no less time. */
const YOUNG_MAX_MB = 24
const OLD_MAX_MB = 192

/** `records` are the Avro schemas by topic. The thread starts with its first file, and again should it have died. */
export function openFileEncoder(records: ReadonlyMap<string, AvroRecord>): FileEncoder {
  const schemas = new Map<string, LakeSchema>([...records].map(([topic, record]) => [topic, lakeSchemaOf(record)]))
  let thread: EncodeThread | undefined
  return {
    async encode(file, on) {
      if (on === 'thread') {
        if (!thread?.alive) thread = new EncodeThread(records)
        return thread.encode(file)
      }
      // Encoding is work of this thread: others get their turn between two files.
      await setImmediate()
      return encodeFile(schemas, file)
    },
    close: async () => thread?.close(),
  }
}

/** Answers come in the order of the questions. The process may end while it has none. */
class EncodeThread {
  alive = true
  private readonly waiting: Waiting[] = []
  private readonly worker: Worker

  constructor(records: ReadonlyMap<string, AvroRecord>) {
    this.worker = new Worker(new URL('./encode-thread.ts', import.meta.url), {
      workerData: records,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MAX_MB, maxOldGenerationSizeMb: OLD_MAX_MB },
    })
    this.worker.on('message', (answer: Encoded) => this.answered(answer))
    this.worker.on('error', (error) => this.died(error))
    this.worker.on('exit', (code) => this.died(new Error(`lake: the encoding thread ended with code ${code}`)))
  }

  encode(file: FileToEncode): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.worker.ref()
      this.worker.postMessage(
        file,
        file.frames.map(({ body }) => body.buffer as ArrayBuffer),
      )
    })
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }

  private answered(answer: Encoded): void {
    const waiting = this.waiting.shift()
    if (this.waiting.length === 0) this.worker.unref()
    if ('bytes' in answer) waiting?.resolve(answer.bytes)
    else waiting?.reject(answer.error)
  }

  private died(error: unknown): void {
    this.alive = false
    for (const { reject } of this.waiting.splice(0)) reject(error)
  }
}
