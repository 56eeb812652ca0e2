const MAGIC = 0xfd2fb528
/** Bits of RFC 8878, 3.1.1.1.1: one segment, and its size follows in 4 bytes. */
const SINGLE_SEGMENT_SIZE_4 = 0b1010_0000
const FRAME_HEAD_BYTES = 9
const BLOCK_HEAD_BYTES = 3
const LAST_RAW_BLOCK = 1

/** The most a block may hold (RFC 8878, 3.1.1.2.4). */
export const ZSTD_STORED_MAX_BYTES = 128 * 1024

/**
 * A zstd frame that holds the bytes as they are: magic, frame header, one raw block (RFC 8878, 3.1.1). Any decompressor
 * reads it, and it takes no compressor to make.
 */
export function zstdStored(input: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + BLOCK_HEAD_BYTES + input.length)
  frame.writeUInt32LE(MAGIC, 0)
  frame[4] = SINGLE_SEGMENT_SIZE_4
  frame.writeUInt32LE(input.length, 5)
  frame.writeUIntLE(input.length * 8 + LAST_RAW_BLOCK, FRAME_HEAD_BYTES, BLOCK_HEAD_BYTES)
  frame.set(input, FRAME_HEAD_BYTES + BLOCK_HEAD_BYTES)
  return frame
}
