/** What is read of Kubernetes' OpenAPI 2 document. */
export interface OpenApi {
  readonly definitions: Readonly<Record<string, Definition>>
}

interface Definition {
  readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly required?: readonly string[]
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[]
  readonly [key: string]: unknown
}

interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

const POINTER = '#/definitions/'

/**
 * JSON schemas of every resource, by the file name under which kubeconform looks for them. Each stands alone, with the
 * definitions that it reaches; a property that Kubernetes does not know is refused.
 */
export function resourceSchemas(openApi: OpenApi): ReadonlyMap<string, unknown> {
  const strict = new Map(Object.entries(openApi.definitions).map(([name, found]) => [name, strictened(name, found)]))
  const schemas = new Map<string, unknown>()
  for (const [name, found] of Object.entries(openApi.definitions)) {
    if (found.properties?.['kind'] === undefined) continue
    for (const kind of found['x-kubernetes-group-version-kind'] ?? []) {
      schemas.set(fileName(kind), rootSchema(strict.get(name) ?? {}, kind, reachable(name, strict)))
    }
  }
  return schemas
}

function strictened(name: string, found: Definition): Definition {
  if (name.endsWith('.IntOrString')) return { oneOf: [{ type: 'string' }, { type: 'integer' }] }
  if (name.endsWith('.resource.Quantity')) return { oneOf: [{ type: 'string' }, { type: 'number' }] }
  if (found.properties === undefined) return found
  const open = found['additionalProperties'] !== undefined || found['x-kubernetes-preserve-unknown-fields'] === true
  // Formats such as int32 are OpenAPI's, and no JSON schema checker knows them.
  const properties = Object.fromEntries(
    Object.entries(found.properties).map(([key, { format: _, ...property }]) => [key, property]),
  )
  return { ...found, properties, ...(open ? {} : { additionalProperties: false }) }
}

function rootSchema(own: Definition, kind: GroupVersionKind, definitions: unknown): unknown {
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...own,
    properties: { ...own.properties, apiVersion: { const: apiVersion }, kind: { const: kind.kind } },
    required: [...new Set([...(own.required ?? []), 'apiVersion', 'kind'])],
    definitions,
  }
}

/** Every definition that `name` refers to, however indirectly. */
function reachable(name: string, all: ReadonlyMap<string, Definition>): Readonly<Record<string, Definition>> {
  const found: Record<string, Definition> = {}
  const open = referencesIn(all.get(name))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const definition = all.get(next)
    if (definition === undefined || next in found) continue
    found[next] = definition
    open.push(...referencesIn(definition))
  }
  return found
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner.slice(POINTER.length)] : referencesIn(inner),
  )
}

/** `deployment-apps-v1.json`: kind, first label of the group, version. */
function fileName({ group, version, kind }: GroupVersionKind): string {
  return [kind.toLowerCase(), ...(group === '' ? [] : [group.split('.')[0]]), version].join('-').concat('.json')
}
