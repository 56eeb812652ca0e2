import type { Expectation, StoredExpectation, SuiteCase } from './suite.ts'

/** A record that came out, as JSON. */
export interface SuiteRecord {
  readonly key: string | undefined
  readonly value: unknown
  /** Of a dead letter. */
  readonly code?: string
}

/** What a case left behind, wherever it ran. */
export interface Outcome {
  /** Records of the topics that the case looks at, by topic; dead letters by node. */
  readonly topics: ReadonlyMap<string, readonly SuiteRecord[]>
  readonly deadLetters: ReadonlyMap<string, readonly SuiteRecord[]>
  /** Found under the keys the case looks up; undefined where nothing is. */
  readonly stored: readonly unknown[]
}

export interface Failure {
  readonly line: number
  readonly message: string
}

const SHOWN = 3
const SHOWN_CHARACTERS = 300

/** What of a case did not come out as expected. */
export function judge(suiteCase: SuiteCase, outcome: Outcome): readonly Failure[] {
  return [
    ...suiteCase.expect.flatMap((one) => judgeRecords(one, outcome)),
    ...suiteCase.stores.flatMap((one, i) => judgeStored(one, outcome.stored[i])),
  ]
}

function judgeRecords(wanted: Expectation, outcome: Outcome): readonly Failure[] {
  const isTopic = 'topic' in wanted.at
  const where = 'topic' in wanted.at ? wanted.at.topic : `dead letters of ${wanted.at.deadLettersOf}`
  const all =
    ('topic' in wanted.at ? outcome.topics.get(wanted.at.topic) : outcome.deadLetters.get(wanted.at.deadLettersOf)) ??
    []
  const matching = all.filter(
    ({ key, value, code }) =>
      (wanted.key === undefined || key === wanted.key) &&
      (wanted.code === undefined || code === wanted.code) &&
      (wanted.value === undefined || differenceOf(wanted.value, value) === undefined),
  )
  const { length } = matching
  if (wanted.count === undefined ? length > 0 : length === wanted.count) return []
  const many = wanted.count === undefined ? 'at least one' : String(wanted.count)
  return [
    { line: wanted.line, message: `${many} expected on ${where}, ${length} found${nearest(wanted, all, isTopic)}` },
  ]
}

/** The records that were there, and for one of the right key what differs. */
function nearest(wanted: Expectation, all: readonly SuiteRecord[], isTopic: boolean): string {
  if (all.length === 0) return isTopic ? '; nothing was written there' : '; there are none'
  const near = all.find(({ key }) => wanted.key === undefined || key === wanted.key)
  const difference = near === undefined ? undefined : differenceOf(wanted.value ?? {}, near.value)
  if (near !== undefined && difference !== undefined) return `; in that of ${near.key}: ${difference}`
  const shown = all.slice(0, SHOWN).map(({ key, code, value }) => `${key} ${code ?? ''}${text(value)}`)
  return `; there are ${all.length}: ${shown.join(' | ')}`
}

function judgeStored(wanted: StoredExpectation, found: unknown): readonly Failure[] {
  const place = `${wanted.store} of ${wanted.node}, key ${wanted.key}`
  if (wanted.value === undefined)
    return found === undefined
      ? []
      : [{ line: wanted.line, message: `${place}: nothing expected, found ${text(found)}` }]
  if (found === undefined) return [{ line: wanted.line, message: `${place}: nothing is there` }]
  const difference = differenceOf(wanted.value, found)
  return difference === undefined ? [] : [{ line: wanted.line, message: `${place}: ${difference}` }]
}

/**
 * Where `found` is not as `wanted` says, or undefined. Of a map only the wanted fields count; a list has the same length; a
 * text in slashes is a pattern; a number written as text, as decimals are, equals that text.
 */
export function differenceOf(wanted: unknown, found: unknown, path = ''): string | undefined {
  if (typeof wanted === 'string' && /^\/.+\/$/.test(wanted) && typeof found === 'string')
    return new RegExp(wanted.slice(1, -1)).test(found) ? undefined : differs(path, wanted, found)
  if (Array.isArray(wanted)) return differenceOfLists(wanted, found, path)
  if (typeof wanted !== 'object' || wanted === null)
    return Object.is(wanted, found) || (typeof found === 'string' && String(wanted) === found)
      ? undefined
      : differs(path, wanted, found)
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return differs(path, wanted, found)
  for (const [name, value] of Object.entries(wanted)) {
    const inner = differenceOf(value, (found as Record<string, unknown>)[name], path === '' ? name : `${path}.${name}`)
    if (inner !== undefined) return inner
  }
  return undefined
}

function differenceOfLists(wanted: readonly unknown[], found: unknown, path: string): string | undefined {
  if (!Array.isArray(found) || found.length !== wanted.length) return differs(path, wanted, found)
  for (const [i, value] of wanted.entries()) {
    const inner = differenceOf(value, found[i], `${path}[${i}]`)
    if (inner !== undefined) return inner
  }
  return undefined
}

const differs = (path: string, wanted: unknown, found: unknown): string =>
  `${path === '' ? 'the value' : path} is ${text(found)}, not ${text(wanted)}`

const text = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, SHOWN_CHARACTERS)
