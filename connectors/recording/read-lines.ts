import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { RecordingError } from './recording.ts'

/** A text file of the recording, or its `.gz`. Throws RecordingError where neither is there or it cannot be unpacked. */
export function readText(folder: string, name: string): { readonly path: string; readonly text: string } {
  const plain = join(folder, name)
  const path = existsSync(plain) ? plain : `${plain}.gz`
  if (!existsSync(path)) {
    throw new RecordingError(
      `${plain}: missing. A recording is a folder with recording.json, companies.csv, documents.jsonl and bars.jsonl (the last two may be .gz)`,
    )
  }
  const bytes = readFileSync(path)
  if (!path.endsWith('.gz')) return { path, text: bytes.toString('utf8') }
  try {
    return { path, text: gunzipSync(bytes).toString('utf8') }
  } catch (error) {
    throw new RecordingError(`${path}: not readable as gzip (${(error as Error).message}). Pack it again with gzip`, {
      cause: error,
    })
  }
}

/** Parses each line as JSON and hands it to `parse`; whatever goes wrong is told with `path:line`. Blank lines are skipped. */
export function parseLines<T>(path: string, text: string, parse: (row: Readonly<Record<string, unknown>>) => T): T[] {
  const rows: T[] = []
  let line = 0
  for (let start = 0; start < text.length; ) {
    line++
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    const source = text.slice(start, end).trim()
    start = end + 1
    if (source !== '') rows.push(at(`${path}:${line}`, () => parse(asObject(source))))
  }
  return rows
}

/** Runs `work`; an error becomes a RecordingError that begins with `where`. */
export function at<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new RecordingError(`${where}: ${(error as Error).message}`, { cause: error })
  }
}

function asObject(source: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(source)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TypeError(`expected one JSON object a line, found ${source.slice(0, 40)}`)
}
