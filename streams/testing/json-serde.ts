import type { Serde } from '../record.ts'

/** Plain JSON. */
export const jsonSerde: Serde = {
  serialize: (value) => Buffer.from(JSON.stringify(value)),
  deserialize: (bytes) => JSON.parse(Buffer.from(bytes).toString()),
}
