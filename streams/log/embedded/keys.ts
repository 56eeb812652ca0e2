/** Keys as bytes whose order is the order wanted. */

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

/** topic id, partition, offset: big endian, so that a partition's chunks lie together in offset order. */
export function chunkKey(topicId: number, partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(16)
  key.writeUInt32BE(topicId, 0)
  key.writeUInt32BE(partition, 4)
  key.writeBigUInt64BE(BigInt(offset), 8)
  return key
}

export const offsetOfChunkKey = (key: Buffer): number => Number(key.readBigUInt64BE(8))

export const endKey = (topicId: number, partition: number): Buffer => chunkKey(topicId, partition, 0).subarray(0, 8)

/** Store id, two zero bytes, key: UTF-16 big endian, whose byte order is the order of code units. */
export const storePrefix = (storeId: string): Buffer => Buffer.concat([utf16(storeId), Buffer.from([0, 0])])
export const storeKey = (prefix: Buffer, key: string): Buffer => Buffer.concat([prefix, utf16(key)])
export const keyOfStoreKey = (prefix: Buffer, key: Buffer): string =>
  Buffer.from(key.subarray(prefix.length)).swap16().toString('utf16le')

/** The first bytes after everything that begins with the prefix. */
export function afterPrefix(prefix: Buffer): Buffer {
  const after = Buffer.from(prefix)
  after[after.length - 1] = 1
  return after
}
