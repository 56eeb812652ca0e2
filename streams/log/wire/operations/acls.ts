import type { ClusterAcl } from '../../operations.ts'
import type { Cluster } from '../network/cluster.ts'
import { CODES, check } from '../protocol/error-codes.ts'
import { DESCRIBE_ACLS } from '../protocol/operations-messages.ts'

const ANY = 1
const EVERYTHING = {
  resourceType: ANY,
  resourceName: null,
  patternType: ANY,
  principal: null,
  host: null,
  operation: ANY,
  permissionType: ANY,
}

// By their numbers on the wire: ResourceType, PatternType, AclOperation and AclPermissionType of Kafka.
const RESOURCES = ['Unknown', 'Any', 'Topic', 'Group', 'Cluster', 'TransactionalId', 'DelegationToken', 'User']
const PATTERNS = ['Unknown', 'Any', 'Match', 'Literal', 'Prefixed']
const OPERATIONS = [
  ...['Unknown', 'Any', 'All', 'Read', 'Write', 'Create', 'Delete', 'Alter', 'Describe', 'ClusterAction'],
  ...['DescribeConfigs', 'AlterConfigs', 'IdempotentWrite', 'CreateTokens', 'DescribeTokens', 'TwoPhaseCommit'],
]
const PERMISSIONS = ['Unknown', 'Any', 'Deny', 'Allow']

const nameOf = (names: readonly string[], number: number): string => names[number] ?? String(number)

/** Every rule there is; `undefined` where no authorizer is configured. */
export async function allAcls(cluster: Cluster): Promise<readonly ClusterAcl[] | undefined> {
  const answer = await cluster.ask(DESCRIBE_ACLS, EVERYTHING)
  if (answer.errorCode === CODES.SECURITY_DISABLED) return undefined
  check(answer.errorCode, 'listing ACLs', answer.errorMessage)
  return answer.resources.flatMap(({ resourceType, resourceName, patternType, acls }) =>
    acls.map(({ principal, host, operation, permissionType }) => ({
      principal,
      host,
      resource: nameOf(RESOURCES, resourceType),
      name: resourceName,
      pattern: nameOf(PATTERNS, patternType),
      operation: nameOf(OPERATIONS, operation),
      permission: nameOf(PERMISSIONS, permissionType),
    })),
  )
}
