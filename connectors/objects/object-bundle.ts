import { isUtf8 } from 'node:buffer'
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Sidecar } from './object-store.ts'

/** A line of a bundle. `text` where the bytes are UTF-8, else `base64`; `bytes`, their count, ends the line. */
interface BundleLine {
  readonly name: string
  readonly sidecar?: Sidecar
  readonly text?: string
  readonly base64?: string
  readonly bytes: number
}
interface Place {
  readonly at: number
  readonly bytes: number
}

const READ_BYTES = 1024 * 1024
const NEWLINE = 10
const LINE_START = /^\{"name":"([0-9a-f]+)",/
const LINE_START_BYTES = 160
/** Within a string of JSON every quote has a backslash before it: a line that ends so was not cut off. */
const LINE_END = /,"bytes":\d+\}$/
const LINE_END_BYTES = 32

/**
 * Small objects of one folder in one file of JSON lines, because making a file takes as long as writing a hundred
 * objects. An object and its sidecar come with one append; a line that a crash cut off is skipped, and its object is
 * put again. Several processes may append; a repeat is harmless, since a name decides the bytes.
 */
export class ObjectBundle {
  private readonly places = new Map<string, Place | undefined>()
  private readonly descriptor: number
  private scanned = 0

  private constructor(file: string) {
    this.descriptor = openSync(file, 'a+')
    this.scan()
    // What follows a line that was cut off begins a line of its own.
    if (fstatSync(this.descriptor).size > this.scanned) writeSync(this.descriptor, '\n')
  }

  static openForPut(file: string): ObjectBundle {
    mkdirSync(dirname(file), { recursive: true })
    return new ObjectBundle(file)
  }

  static openForGet(file: string): ObjectBundle | undefined {
    return existsSync(file) ? new ObjectBundle(file) : undefined
  }

  /** Names there are, those of other processes included. */
  names(): readonly string[] {
    this.scan()
    return [...this.places.keys()]
  }

  put(name: string, bytes: Uint8Array, sidecar: Sidecar | undefined): void {
    if (this.places.has(name)) return
    const body = isUtf8(bytes)
      ? { text: Buffer.from(bytes).toString() }
      : { base64: Buffer.from(bytes).toString('base64') }
    const line: BundleLine = { name, ...(sidecar ? { sidecar } : {}), ...body, bytes: bytes.length }
    const whole = Buffer.from(`${JSON.stringify(line)}\n`)
    for (let at = 0; at < whole.length; ) at += writeSync(this.descriptor, whole, at)
    this.places.set(name, undefined)
  }

  has(name: string): boolean {
    if (!this.places.has(name)) this.scan()
    return this.places.has(name)
  }

  get(name: string): Uint8Array | undefined {
    if (this.places.get(name) === undefined) this.scan()
    const place = this.places.get(name)
    if (!place) return undefined
    const line = Buffer.alloc(place.bytes)
    readSync(this.descriptor, line, 0, place.bytes, place.at)
    const { text, base64 } = JSON.parse(line.toString()) as BundleLine
    return text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text)
  }

  close(): void {
    closeSync(this.descriptor)
  }

  /** Finds the whole lines that came since the last time. */
  private scan(): void {
    const waiting = fstatSync(this.descriptor).size - this.scanned
    if (waiting <= 0) return
    const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, waiting))
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      const read = readSync(this.descriptor, chunk, 0, chunk.length, this.scanned + rest.length)
      if (read === 0) return
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)])
      let start = 0
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
        this.found(bytes.subarray(start, end), this.scanned + start)
        start = end + 1
      }
      this.scanned += start
      rest = bytes.subarray(start)
    }
  }

  private found(line: Buffer, at: number): void {
    const [, name] = LINE_START.exec(line.toString('latin1', 0, LINE_START_BYTES)) ?? []
    const end = line.toString('latin1', Math.max(0, line.length - LINE_END_BYTES))
    if (name !== undefined && LINE_END.test(end)) this.places.set(name, { at, bytes: line.length })
  }
}
