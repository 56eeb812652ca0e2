import { styleText } from 'node:util'

/** How a command ends. */
export const EXIT = {
  done: 0,
  answerIsNo: 1,
  usage: 2,
  missing: 3,
  outside: 4,
  refused: 5,
  /** `plan`: there is something to do. */
  pending: 6,
  bug: 70,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A failure meant for the person at the terminal: what, where, how to mend it. Nothing else of it is printed. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode
  readonly help: readonly string[]

  constructor(exitCode: ExitCode, message: string, ...help: readonly string[]) {
    super(message)
    this.exitCode = exitCode
    this.help = help
  }
}

/** Data on stdout, everything else on stderr. */
export interface Output {
  /** A line of data. */
  data(line: string): void
  /** The one stable shape of JSON answers. */
  json(data: unknown, warnings?: readonly string[]): void
  /** A line about what happens. */
  note(line: string): void
  error(line: string): void
}

export function createOutput(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream): Output {
  return {
    data: (line) => void stdout.write(`${line}\n`),
    json: (data, warnings = []) => void stdout.write(`${JSON.stringify({ data, warnings })}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    error: (line) => void stderr.write(`${line}\n`),
  }
}

export type Mark = 'good' | 'warn' | 'bad' | 'quiet'
const STYLES = { good: 'green', warn: 'yellow', bad: 'red', quiet: 'gray' } as const
/** Colour for state only; off where the stream is no terminal or NO_COLOR is set. */
export const mark = (text: string, as: Mark): string => styleText(STYLES[as], text, { stream: process.stdout })

/** Columns of text under their heads, numbers (as told) to the right. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (right.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(heads), ...rows.map(line)].join('\n')
}

/** `1,234`. */
export const grouped = (n: number | bigint): string => n.toLocaleString('en-US')

/** `1.2 MB`; decimal, as disks are sold. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`
}

/** `0.4 s`, `3 m 12 s`, `2 h 5 m`, `4 d 3 h`. */
export function spanText(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}
