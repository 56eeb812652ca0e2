import { hash } from 'node:crypto'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** The same parts always make the same id: base32 (RFC 4648, lower case) of their SHA-256, 26 characters. */
export function deriveId(prefix: string, ...parts: readonly (string | number)[]): string {
  const bytes = hash('sha256', JSON.stringify(parts), 'buffer')
  let [bits, held, text] = [0, 0, '']
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      text += ALPHABET[(held >>> (bits - 5)) & 31]
      bits -= 5
    }
    held &= (1 << bits) - 1
    if (text.length >= 26) break
  }
  return `${prefix}-${text.slice(0, 26)}`
}
