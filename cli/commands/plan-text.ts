import { type Change, countGrades, type Moved, type Plan } from '../../topology/index.ts'
import { bytesText, grouped, type Mark, mark } from '../output.ts'

const SIGNS: Readonly<Record<Change['action']['kind'], string>> = {
  create_topic: '+',
  alter_topic: '~',
  add_partitions: '~',
  delete_topic: '-',
  set_compatibility: '~',
  register_schema: '+',
  delete_group: '-',
  copy_topic: '>',
  carry_offsets: '>',
}
const MARKS: Readonly<Record<Change['grade'], Mark>> = { safe: 'good', disruptive: 'warn', destructive: 'bad' }

/** A plan for the person who decides on it. */
export function planText(plan: Plan): string {
  const lines = [
    ...plan.changes.map(changeText),
    ...plan.obstacles.map(({ name, message, help }) => `! ${name}\n    ${message}\n    = help: ${help}`),
    ...plan.notes.map(({ name, message }) => `  ${name}: ${message}`),
  ]
  return [...lines, ...(lines.length > 0 ? [''] : []), summaryOf(plan)].join('\n')
}

export function changeText(change: Change): string {
  const { action, name, what, reason, grade, blast } = change
  const touched = [
    ...(grade !== 'safe' && blast.records !== null ? [`${grouped(BigInt(blast.records))} records`] : []),
    ...(grade !== 'safe' && blast.bytes !== null ? [bytesText(Number(blast.bytes))] : []),
    ...(blast.nodes.length > 0 ? [`used by ${blast.nodes.join(', ')}`] : []),
  ]
  const detail = touched.length > 0 ? `\n    ${touched.join('; ')}` : ''
  return `${SIGNS[action.kind]} ${name}: ${what}\n    ${mark(grade, MARKS[grade])}: ${reason}${detail}`
}

function summaryOf(plan: Plan): string {
  if (plan.changes.length === 0 && plan.obstacles.length === 0)
    return 'Nothing to do: the cluster is as the topology says.'
  const counts = Object.entries(countGrades(plan.changes)).flatMap(([grade, n]) => (n > 0 ? [`${n} ${grade}`] : []))
  const changes =
    plan.changes.length === 0
      ? 'No change can be made.'
      : `${plan.changes.length} change${plan.changes.length === 1 ? '' : 's'}: ${counts.join(', ')}.`
  const { length } = plan.obstacles
  return length === 0 ? changes : `${changes} ${length} thing${length === 1 ? '' : 's'} cannot be done in place (!).`
}

export const movedText = (moved: readonly Moved[]): readonly string[] =>
  moved.slice(0, 10).map(({ facet, planned, found }) => `${facet} was ${planned} when it was planned, and is ${found}`)
