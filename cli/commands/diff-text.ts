import { changedFields, type RecordDifference, type RecordsDiff } from '../../topology/index.ts'
import { grouped } from '../output.ts'
import type { DiffOfTopic } from '../runtime/shadow/outputs.ts'

export const countOf = ({ differences }: RecordsDiff, kind: RecordDifference['kind']): number =>
  differences.filter((one) => one.kind === kind).length

/** `3 changed, 1 missing`: first the sentence that answers, then the fields, then records. */
export function diffText({ topic, shadowTopic, by, diff }: DiffOfTopic, show: number): string {
  const kinds = (['changed', 'missing', 'extra'] as const).map((kind) => `${grouped(countOf(diff, kind))} ${kind}`)
  const fields = changedFields(diff.differences).map(([field, count]) => `  ${field}: ${grouped(count)}`)
  const shown = diff.differences.slice(0, show)
  const left = diff.differences.length - shown.length
  return [
    `${topic} against ${shadowTopic}, by ${['key', ...by].join(', ')}: ${grouped(diff.same)} same, ${kinds.join(', ')}.`,
    ...(fields.length > 0 ? ['Fields that changed:', ...fields] : []),
    ...shown.map(differenceText),
    ...(left > 0 ? [`${grouped(left)} more: --show ${diff.differences.length}, or --json`] : []),
  ].join('\n')
}

const SIGNS = { changed: '~', missing: '-', extra: '+' } as const

export function differenceText(difference: RecordDifference): string {
  const head = `${SIGNS[difference.kind]} ${difference.identity}`
  if (difference.kind !== 'changed') return head
  return [
    head,
    ...difference.changes.map(
      ({ path, original, shadow }) => `    ${path || 'value'}: ${short(original)} -> ${short(shadow)}`,
    ),
  ].join('\n')
}

const SHORT = 80
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text
}

export const diffJson = ({ topic, shadowTopic, by, diff }: DiffOfTopic): object => ({
  topic,
  shadow_topic: shadowTopic,
  by: ['key', ...by],
  same: diff.same,
  changed: countOf(diff, 'changed'),
  missing: countOf(diff, 'missing'),
  extra: countOf(diff, 'extra'),
  fields: Object.fromEntries(changedFields(diff.differences)),
  differences: diff.differences,
})
