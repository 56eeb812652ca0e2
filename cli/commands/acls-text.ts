import { principalOf, type Right, type RightsDifference, type Workload } from '../../topology/index.ts'
import { table } from '../output.ts'
import type { RightsFound } from '../runtime/operations/read-rights.ts'

const HEADS = ['OPERATION', 'RESOURCE', 'NAME', 'FOR']

/** Rights for the person who gives them, a table each workload. What stands for all names that begin so ends with `*`. */
export function aclsText(workloads: readonly Workload[], prefix: string): string {
  return workloads
    .map((workload) => {
      const rows = workload.rights.map((right) => [right.operation, kindOf(right), nameOf(right), right.why])
      const subjects = workload.subjects.map(({ subject, operation }) => [
        operation === 'write' ? 'Write' : 'Read',
        'subject',
        subject,
        operation === 'write' ? 'registers its schema' : 'reads by its schema',
      ])
      return `${principalOf(prefix, workload)}  (${workload.kind})\n${table(HEADS, [...rows, ...subjects])}`
    })
    .join('\n\n')
}

const kindOf = ({ resource }: Right): string => resource.replace('_', ' ')
const nameOf = ({ name, pattern }: Right): string => (pattern === 'prefixed' ? `${name}*` : name)

export const workloadJson = (workload: Workload, prefix: string): object => ({
  principal: principalOf(prefix, workload),
  ...workload,
})

/** The part of a plan that tells of ACLs. */
export function rightsText({ authorizer, differences }: RightsFound): string {
  if (authorizer === 'none') return 'ACLs: this cluster has no authorizer; everybody may do everything.'
  if (authorizer === 'unreadable')
    return 'ACLs: this cluster does not let us read them (Describe on the cluster); they were not compared.'
  if (differences.length === 0) return 'ACLs: every workload has what it needs, and no more.'
  return ['ACLs (told, not changed; give them with: stonks acls --commands)', ...differences.map(differenceText)].join(
    '\n',
  )
}

function differenceText({ principal, missing, extra }: RightsDifference): string {
  return [
    `  ${principal}`,
    ...missing.map((right) => `    + ${right.operation} ${kindOf(right)} ${nameOf(right)}  (${right.why})`),
    ...extra.map(
      ({ operation, resource, name, pattern }) =>
        `    - ${operation} ${resource.toLowerCase()} ${name}${pattern === 'Prefixed' ? '*' : ''}  (needed for nothing here)`,
    ),
  ].join('\n')
}

export const rightsJson = ({ authorizer, differences }: RightsFound): object => ({ authorizer, differences })
