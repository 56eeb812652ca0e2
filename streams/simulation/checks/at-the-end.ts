import type { Deliveries } from '../subject/deliveries.ts'
import { BEATS_KEY, type CountValue, isGood, TICKS_KEY, type TickValue } from '../subject/subject-graph.ts'
import type { InputValue } from '../subject/subject-ports.ts'
import { expectedCounts, inEventTime } from './expected.ts'
import { foldOf } from './stores.ts'
import { contentOf, type Evidence, type Visible, visible } from './visible.ts'

/** Violations of what holds when everything is done, in words. */
export function violationsAtTheEnd(evidence: Evidence, deliveries: Deliveries): string[] {
  const { broker, guarantee, inputs } = evidence
  const all = Array.from({ length: inputs }, (_, id) => id)
  const idsOf = (records: readonly Visible[]): number[] => records.map((record) => contentOf<InputValue>(record).id)
  const topics = ['in', 'mid', 'out', 'final'] as const
  const [fed, mid, out, final] = topics.map((topic) => visible(broker, `g.${topic}`)) as [
    readonly Visible[],
    readonly Visible[],
    readonly Visible[],
    readonly Visible[],
  ]
  const good = all.filter(isGood)
  const letters = idsOf(visible(broker, 'g.map.dlq'))
  const violations = [
    ...presence('in', all, idsOf(fed), guarantee === 'exactly_once'),
    ...presence(
      'map.dlq',
      all.filter((id) => !isGood(id)),
      letters,
      guarantee === 'exactly_once',
    ),
    ...[mid, out, final].flatMap((records, i) =>
      presence(topics[i + 1] ?? '', good, idsOf(records), guarantee === 'exactly_once'),
    ),
    ...presence('deliveries', good, [...deliveries.byKey.values()].flat(), true),
    ...[fed, mid, out, final].flatMap((records, i) => order(topics[i] ?? '', byKey(records, idsOf))),
    ...order('deliveries', deliveries.byKey),
  ]
  if (guarantee === 'exactly_once') violations.push(...step(evidence, mid, out, final))
  return violations
}

/** Every id that has to be there is, once where that is promised, and nothing else is. */
function presence(where: string, wanted: readonly number[], found: readonly number[], once: boolean): string[] {
  const counts = new Map<number, number>()
  for (const id of found) counts.set(id, (counts.get(id) ?? 0) + 1)
  const missing = wanted.filter((id) => !counts.has(id))
  const known = new Set(wanted)
  const foreign = [...counts.keys()].filter((id) => !known.has(id))
  const doubled = once ? [...counts].filter(([, count]) => count > 1).map(([id]) => id) : []
  return [
    ...(missing.length > 0 ? [`${where}: missing ${missing.join(' ')}`] : []),
    ...(foreign.length > 0 ? [`${where}: should not be there: ${foreign.join(' ')}`] : []),
    ...(doubled.length > 0 ? [`${where}: more than once: ${doubled.join(' ')}`] : []),
  ]
}

/** Per key, what came for the first time came in the order of the input. */
function order(where: string, lists: ReadonlyMap<string, readonly number[]>): string[] {
  return [...lists].flatMap(([key, ids]) => {
    const first = [...new Set(ids)]
    const late = first.findIndex((id, i) => i > 0 && id < (first[i - 1] ?? 0))
    return late < 0 ? [] : [`${where}: ${key} out of order at ${first[late]}: ${first.join(' ')}`]
  })
}

function byKey(
  records: readonly Visible[],
  idsOf: (records: readonly Visible[]) => readonly number[],
): ReadonlyMap<string, readonly number[]> {
  return new Map([...Map.groupBy(records, ({ key }) => key)].map(([key, list]) => [key, idsOf(list)]))
}

/** Every output, every tick and every store is what the committed input gives, step by step. */
function step(
  evidence: Evidence,
  mid: readonly Visible[],
  out: readonly Visible[],
  final: readonly Visible[],
): string[] {
  const { broker, maxTaskIdleMs } = evidence
  const violations: string[] = []
  const ticks = visible(broker, 'g.ticks')
  const outByKey = Map.groupBy(out, ({ key }) => key)
  for (let partition = 0; partition < broker.partitionsOf('g.mid').length; partition++) {
    const input = mid.filter((record) => record.partition === partition)
    const run = expectedCounts(maxTaskIdleMs === undefined ? input : inEventTime(input))
    for (const [key, outputs] of Map.groupBy(run.outputs, (output) => output.key)) {
      const found = (outByKey.get(key) ?? []).map((record) => contentOf<CountValue>(record))
      const wanted = outputs.map(({ value }) => value)
      if (JSON.stringify(found) !== JSON.stringify(wanted)) {
        violations.push(`out: ${key} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`)
      }
    }
    // Where writers are given up on, order across keys is free, and with it when timers fire.
    if (maxTaskIdleMs !== undefined && Number.isFinite(maxTaskIdleMs)) continue
    const told = numbersOf(ticks, `count_${partition}`)
    const due = upTo(run.ticks)
    if (told !== due) violations.push(`ticks of count_${partition}: ${told}, not ${due}`)
    violations.push(
      ...sameStore(`count_${partition}`, foldOf(broker, 'g.count.counts.changelog', partition), run.store),
    )
  }
  const texts = (records: readonly Visible[]): string =>
    JSON.stringify(
      [...Map.groupBy(records, ({ key }) => key)].sort().map(([key, list]) => [key, list.map((r) => r.text)]),
    )
  if (texts(out) !== texts(final)) violations.push('final: not the same as out')
  for (const { at } of broker.partitionsOf('g.out')) {
    const seen = foldOf(broker, 'g.enrich.seen.changelog', at.partition)
    const count = numberIn(seen.get(TICKS_KEY))
    if (count !== ticks.length) violations.push(`enrich_${at.partition} counted ${count} ticks of ${ticks.length}`)
    const told = numbersOf(visible(broker, 'g.beats'), `enrich_${at.partition}`)
    const due = upTo(numberIn(seen.get(BEATS_KEY)))
    if (told !== due) violations.push(`beats of enrich_${at.partition}: ${told}, not ${due}`)
  }
  return violations
}

const numberIn = (entry: string | undefined): number => Number(entry?.slice(entry.indexOf(' ') + 1) ?? 0)
const upTo = (n: number): string => Array.from({ length: n }, (_, i) => i + 1).join(' ')
const numbersOf = (records: readonly Visible[], task: string): string =>
  records
    .map((record) => contentOf<TickValue>(record))
    .filter((value) => value.task === task)
    .map(({ n }) => n)
    .join(' ')

function sameStore(where: string, fold: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, number>): string[] {
  const found = Object.fromEntries([...fold].map(([key, text]) => [key, numberIn(text)]))
  const same = fold.size === wanted.size && [...wanted].every(([key, n]) => found[key] === n)
  return same
    ? []
    : [`${where}: the store is ${JSON.stringify(found)}, not ${JSON.stringify(Object.fromEntries(wanted))}`]
}
