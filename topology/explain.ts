import { suggest } from './diagnostic.ts'

/** A JSON Schema as the grammar makes them. */
interface Schema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly examples?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly required?: readonly string[]
  readonly oneOf?: readonly Schema[]
  readonly items?: Schema
}

export interface ExplainedKey {
  readonly name: string
  readonly takes: string
  readonly doc: string
  readonly required: boolean
}

/** What may be written at a place of the topology. */
export type Explanation =
  | {
      readonly ok: true
      readonly path: string
      readonly takes: string
      readonly doc: string
      readonly keys: readonly ExplainedKey[]
      /** As it would be written. */
      readonly example: string
    }
  | { readonly ok: false; readonly unknown: string; readonly at: string; readonly candidates: readonly string[] }

/**
 * Explains `processors.extract.errors` by the grammar's schema. Where names are the writer's, anything stands for one, also
 * with dots in it, as `topics.documents.raw.retention` has.
 */
export function explain(schema: object, path: string): Explanation {
  const keys = path.split('.').filter((key) => key !== '')
  return walk(schema as Schema, keys, [])
}

function walk(schema: Schema, keys: readonly string[], walked: readonly string[]): Explanation {
  const [key, ...rest] = keys
  const place = one(schema)
  if (key === undefined) return explained(schema, walked)
  const known = place.properties?.[key]
  if (known !== undefined) return walk(known, rest, [...walked, key])
  const named = place.additionalProperties
  if (typeof named !== 'object')
    return {
      ok: false,
      unknown: key,
      at: walked.join('.') || 'the top',
      candidates: Object.keys(place.properties ?? {}),
    }
  // The shortest name whose rest is known; one that would swallow a misspelt key is no name.
  for (let length = 1; length <= keys.length; length++) {
    const found = walk(named, keys.slice(length), [...walked, '<name>'])
    const isSwallowed = length > 1 && length === keys.length && isMisspelt(keys.at(-1) ?? '', named)
    if (found.ok && !isSwallowed) return found
  }
  return walk(named, rest, [...walked, '<name>'])
}

const isMisspelt = (key: string, { properties = {} }: Schema): boolean =>
  suggest(key, Object.keys(properties)) !== undefined

/** What a list holds, where one or several may be written. */
const one = (schema: Schema): Schema => schema.oneOf?.[0] ?? schema

function explained(schema: Schema, walked: readonly string[]): Explanation {
  const place = one(schema)
  const named = typeof place.additionalProperties === 'object' ? place.additionalProperties : undefined
  const members = Object.entries(place.properties ?? named?.properties ?? {})
  const required = new Set(place.required ?? named?.required)
  return {
    ok: true,
    path: walked.join('.') || 'the whole file',
    takes: takesOf(schema),
    doc: schema.description ?? place.description ?? '',
    keys: members.map(([name, of]) => ({
      name,
      takes: takesOf(of),
      doc: of.description ?? '',
      required: required.has(name),
    })),
    example: exampleOf(schema, walked.at(-1) ?? ''),
  }
}

function takesOf(schema: Schema): string {
  if (schema.oneOf !== undefined) return `${takesOf(one(schema))}, or a list of them`
  if (schema.enum !== undefined) return schema.enum.join(' | ')
  if (schema.type === 'integer' || schema.type === 'number') {
    const what = schema.type === 'integer' ? 'a whole number' : 'a number'
    return schema.minimum === undefined ? what : `${what} from ${schema.minimum} to ${schema.maximum}`
  }
  if (schema.examples !== undefined) return `such as ${schema.examples.join(', ')}`
  if (schema.type === 'object')
    return typeof schema.additionalProperties === 'object' ? 'a map by names of yours' : 'a map'
  return schema.type === 'boolean' ? 'true or false' : 'text'
}

function exampleOf(schema: Schema, key: string): string {
  const written = inFlowStyle(schema, 0)
  return key === '' || key === '<name>' ? written : `${key}: ${written}`
}

/** In flow style. Below the second level only what has to be there, or one line would become a page. */
function inFlowStyle(schema: Schema, depth: number): string {
  const place = one(schema)
  if (place.enum !== undefined) return place.enum[0] ?? ''
  if (place.examples !== undefined) return place.examples[0] ?? ''
  if (place.type === 'integer' || place.type === 'number') return String(place.minimum ?? 1)
  if (place.type === 'boolean') return 'true'
  if (place.type !== 'object') return 'name'
  if (typeof place.additionalProperties === 'object')
    return `{ name: ${inFlowStyle(place.additionalProperties, depth + 1)} }`
  const members = Object.entries(place.properties ?? {}).filter(([name]) => depth < 1 || place.required?.includes(name))
  return members.length === 0
    ? '{ … }'
    : `{ ${members.map(([name, of]) => `${name}: ${inFlowStyle(of, depth + 1)}`).join(', ')} }`
}
