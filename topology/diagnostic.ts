/** A place in a file: lines and columns from 1, `endColumn` after the last character. */
export interface Span {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endColumn: number
}

export const CODES = {
  T001: 'not YAML',
  T002: 'unknown key',
  T003: 'wrong type',
  T004: 'missing key',
  T005: 'wrong value',
  T006: 'file that cannot be read',
  T007: 'overlay that changes nothing',
  T008: 'too large',
  T009: 'unknown version',
  T010: 'unknown topic',
  T011: 'no code for a node',
  T012: 'unknown store',
  T013: 'unknown schema',
  T014: 'wrong parameter',
  T020: 'cycle',
  T021: 'not co-partitioned',
  T022: 'store with two owners',
  T023: 'list bridged twice',
  T024: 'guarantee the driver cannot give',
  T025: 'topic nobody writes',
  T026: 'name used twice',
  T027: 'flow that cannot be built',
  T028: 'wrong window',
  T029: 'window without a flow',
  T030: 'store without owner',
  T031: 'calls that cannot be made',
  T032: 'parking where nothing waits',
  T040: 'written in two files',
  T041: 'renamed to what is not there',
  T042: 'secret in plain text',
  T043: 'records the code is not for',
  T044: 'node that nothing reaches',
} as const
export type DiagnosticCode = keyof typeof CODES

/** One mistake with its place, cause and mend. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly code: DiagnosticCode
  readonly message: string
  readonly span: Span
  /** What is wrong at the caret. */
  readonly label: string
  readonly help: readonly string[]
}

/** The closest of the candidates within a third of the word's length (at least one edit), as rustc guesses. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const name of candidates) {
    const distance = editDistance(word.toLowerCase(), name.toLowerCase())
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance }
  }
  return best?.name
}

/** Help for an unknown name: the likely one, else the list. */
export function didYouMean(word: string, candidates: Iterable<string>, what: string): string {
  const names = [...candidates].sort()
  const guess = suggest(word, names)
  if (guess !== undefined) return `did you mean \`${guess}\`?`
  return names.length > 0 ? `the ${what} are ${names.join(', ')}` : `there are no ${what}`
}

/** Damerau-Levenshtein, optimal string alignment: an adjacent swap counts as one edit. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let distance = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, at(i - 2, j - 2) + 1)
      row.push(distance)
    }
  }
  return at(a.length, b.length)
}

/** The diagnostic as text with the line and a caret under it. `source` is the text of the file. */
export function renderDiagnostic(diagnostic: Diagnostic, source: string): string {
  const { severity, code, message, span, label, help } = diagnostic
  const text = source.split('\n')[span.line - 1] ?? ''
  const gutter = ' '.repeat(String(span.line).length)
  const caret = `${' '.repeat(span.column - 1)}${'^'.repeat(Math.max(1, span.endColumn - span.column))}`
  return [
    `${severity}[${code}]: ${message}`,
    `${gutter}--> ${span.file}:${span.line}:${span.column}`,
    `${gutter} |`,
    `${span.line} | ${text}`,
    `${gutter} | ${caret} ${label}`,
    ...(help.length > 0 ? [`${gutter} |`] : []),
    ...help.map((h) => `${gutter} = help: ${h}`),
  ].join('\n')
}

/** The diagnostic as JSON for editors and CI. */
export function diagnosticToJson(d: Diagnostic): Record<string, unknown> {
  const { file, line, column, endColumn } = d.span
  return {
    severity: d.severity,
    code: d.code,
    message: d.message,
    file,
    line,
    column,
    end_column: endColumn,
    label: d.label,
    help: d.help,
  }
}

/** Collects diagnostics; an error per cause. */
export class Diagnostics {
  readonly #all: Diagnostic[] = []
  readonly #files: string[] = []

  /** From here on mistakes are told in the order in which files were begun. */
  begin(file: string): void {
    if (!this.#files.includes(file)) this.#files.push(file)
  }

  error(code: DiagnosticCode, span: Span, message: string, label: string, ...help: readonly string[]): undefined {
    this.#all.push({ severity: 'error', code, message, span, label, help })
  }

  warning(code: DiagnosticCode, span: Span, message: string, label: string, ...help: readonly string[]): undefined {
    this.#all.push({ severity: 'warning', code, message, span, label, help })
  }

  /** In the order of the files, and of what is in them. */
  get all(): readonly Diagnostic[] {
    const rank = ({ span }: Diagnostic): number => this.#files.indexOf(span.file)
    return this.#all.toSorted((a, b) => rank(a) - rank(b) || a.span.line - b.span.line || a.span.column - b.span.column)
  }

  get hasErrors(): boolean {
    return this.#all.some((d) => d.severity === 'error')
  }
}
