import type { Serde } from '../record.ts'

/** How values lie in the topics between parts of a flow: JSON, as in stores. */
export const internalSerde: Serde = {
  serialize(value) {
    const json = JSON.stringify(value)
    if (json === undefined) throw new TypeError(`${typeof value} is not JSON`)
    return Buffer.from(json)
  },
  deserialize: (bytes) => JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()),
}
