/** A schema as JSON, attributes such as `field-id` included. */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | { readonly type: AvroSchema; readonly [name: string]: unknown }

/** Records are objects, maps are Maps, longs are bigint. */
export type AvroValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly AvroValue[]
  | ReadonlyMap<string, AvroValue>
  | { readonly [name: string]: AvroValue }
