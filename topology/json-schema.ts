import { topologyShape } from './grammar.ts'

/** The editor's JSON Schema. */
export const topologyJsonSchema = (): object => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Stonks Oracle topology',
  ...topologyShape.schema,
})

/** The same for files that are only a part: overlays, and what is included. Nothing has to be there, and `null` removes. */
export const partJsonSchema = (): object => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Part of a Stonks Oracle topology, or an overlay',
  ...partOf(topologyShape.schema),
})

type Schema = Readonly<Record<string, unknown>>

function partOf({ required: _, ...schema }: Schema): Schema {
  const { properties, additionalProperties: named } = schema
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: mapValues(properties as Record<string, Schema>, orNull) }),
    ...(typeof named === 'object' ? { additionalProperties: orNull(named as Schema) } : {}),
  }
}

const orNull = (schema: Schema): Schema => ({
  ...(typeof schema['description'] === 'string' ? { description: schema['description'] } : {}),
  anyOf: [partOf(schema), { type: 'null', description: 'Removes it.' }],
})

const mapValues = (map: Readonly<Record<string, Schema>>, of: (schema: Schema) => Schema): Record<string, Schema> =>
  Object.fromEntries(Object.entries(map).map(([name, schema]) => [name, of(schema)]))
