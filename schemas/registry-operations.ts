import { StreamsError } from '../streams/index.ts'
import type { AvroRecord } from './avro-schema.ts'
import { type CompatibilityVerdict, verdictsOf } from './compatibility.ts'

export interface SubjectState {
  /** Undefined where the subject has none of its own. */
  readonly compatibility: string | undefined
  readonly versions: readonly number[]
  /** The schema asked about is one of the versions. */
  readonly hasSchema: boolean
}

export type RegistryVerdict = CompatibilityVerdict

/** A registry with the Confluent API as its operators need it. */
export interface RegistryOperations {
  subject(subject: string, schema: string): Promise<SubjectState>
  /**
   * Of a schema against every version: the registry's own word by the level it has, and Avro's rules by the wanted level,
   * which it may not have yet. Incompatible where either says so.
   */
  verdicts(
    subject: string,
    schema: string,
    versions: readonly number[],
    level: string,
  ): Promise<readonly RegistryVerdict[]>
  setCompatibility(subject: string, level: string): Promise<void>
  /** Gives the id. */
  register(subject: string, schema: string): Promise<number>
  /** Id of a schema that is one of the subject's versions. */
  find(subject: string, schema: string): Promise<number | undefined>
  /** The subject has no versions. */
  isNew(subject: string): Promise<boolean>
}

const TIMEOUT_MS = 15_000
const NOT_FOUND = 404

/** @throws StreamsError LOG_UNAVAILABLE where the registry does not answer, INVALID_STATE where it refuses */
export function openRegistryOperations(url: string): RegistryOperations {
  const ask = (path: string, method = 'GET', body?: object): Promise<unknown> => request(url, path, method, body)
  const of = (subject: string): string => encodeURIComponent(subject)
  const typed = (schema: string): object => ({ schema, schemaType: 'AVRO' })
  return {
    async subject(subject, schema) {
      const versions = ((await ask(`/subjects/${of(subject)}/versions`)) ?? []) as readonly number[]
      const config = (await ask(`/config/${of(subject)}`)) as { compatibilityLevel?: string } | undefined
      const found = versions.length === 0 ? undefined : await ask(`/subjects/${of(subject)}`, 'POST', typed(schema))
      return { compatibility: config?.compatibilityLevel, versions, hasSchema: found !== undefined }
    },
    async verdicts(subject, schema, versions, level) {
      const earlier = await Promise.all(
        versions.map(async (version) => {
          const found = (await ask(`/subjects/${of(subject)}/versions/${version}`)) as { schema: string }
          return { version, schema: JSON.parse(found.schema) as object }
        }),
      )
      const own = new Map(
        verdictsOf(level, JSON.parse(schema) as AvroRecord, earlier).map((verdict) => [verdict.version, verdict]),
      )
      return Promise.all(
        versions.map(async (version) => {
          const path = `/compatibility/subjects/${of(subject)}/versions/${version}?verbose=true`
          const said = (await ask(path, 'POST', typed(schema))) as { is_compatible: boolean; messages?: string[] }
          const ours = own.get(version)
          return {
            version,
            isCompatible: said.is_compatible && (ours?.isCompatible ?? true),
            messages: [...(ours?.messages ?? []), ...(said.is_compatible ? [] : (said.messages ?? []))],
          }
        }),
      )
    },
    async setCompatibility(subject, level) {
      await ask(`/config/${of(subject)}`, 'PUT', { compatibility: level })
    },
    async register(subject, schema) {
      return idOf(await ask(`/subjects/${of(subject)}/versions`, 'POST', typed(schema)), subject)
    },
    async find(subject, schema) {
      const found = await ask(`/subjects/${of(subject)}`, 'POST', typed(schema))
      return found === undefined ? undefined : idOf(found, subject)
    },
    async isNew(subject) {
      return (((await ask(`/subjects/${of(subject)}/versions`)) ?? []) as readonly number[]).length === 0
    },
  }
}

function idOf(answer: unknown, subject: string): number {
  const id = (answer as { readonly id?: unknown } | undefined)?.id
  if (typeof id === 'number') return id
  throw new StreamsError('INVALID_STATE', `the schema registry told no id for ${subject}`)
}

/** The answer, or `undefined` where there is nothing of that name. */
async function request(url: string, path: string, method: string, body: object | undefined): Promise<unknown> {
  const where = `schema registry at ${url}: ${method} ${path.replace(/\?.*/, '')}`
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new StreamsError('LOG_UNAVAILABLE', `${where}: ${causeOf(error)}`, {}, error)
  })
  if (response.status === NOT_FOUND) return undefined
  const text = await response.text()
  if (response.status >= 500) throw new StreamsError('LOG_UNAVAILABLE', `${where}: ${response.status} ${text}`)
  if (!response.ok) throw new StreamsError('INVALID_STATE', `${where}: ${response.status} ${text}`)
  return parse(text, where)
}

function parse(text: string, where: string): unknown {
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new StreamsError(
      'INVALID_STATE',
      `${where}: the answer is no JSON; is this a registry with the Confluent API?`,
    )
  }
}

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message : String(cause)
}
