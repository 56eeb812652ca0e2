import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { RefusedError } from './connection-error.ts'

const ITERATIONS_MIN = 4_096
/** What a broker may ask of us; more is an attack on our processor. */
const ITERATIONS_MAX = 1_000_000

/**
 * The client's half of SCRAM (RFC 5802), without channel binding. `proof` answers the server's challenge, `verify` checks
 * that the server knows the password too.
 */
export function scram(hash: 'sha256' | 'sha512', username: string, password: string, nonce: string) {
  const first = `n=${username.normalize('NFKC').replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
  let expected: Buffer | undefined

  const proof = (challenge: string): string => {
    const { r = '', s = '', i = '' } = attributes(challenge)
    const iterations = Number(i)
    if (!r.startsWith(nonce) || r.length === nonce.length) throw new RefusedError('SCRAM: the server changed our nonce')
    if (!(iterations >= ITERATIONS_MIN && iterations <= ITERATIONS_MAX))
      throw new RefusedError(`SCRAM: the server asks for ${i} iterations; ${ITERATIONS_MIN} at least are safe`)
    const size = hash === 'sha256' ? 32 : 64
    const salted = pbkdf2Sync(password.normalize('NFKC'), Buffer.from(s, 'base64'), iterations, size, hash)
    const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
    const clientKey = hmac(salted, 'Client Key')
    const withoutProof = `c=biws,r=${r}`
    const signed = `${first},${challenge},${withoutProof}`
    const signature = hmac(createHash(hash).update(clientKey).digest(), signed)
    expected = hmac(hmac(salted, 'Server Key'), signed)
    return `${withoutProof},p=${Buffer.from(clientKey.map((byte, n) => byte ^ (signature[n] as number))).toString('base64')}`
  }

  const verify = (final: string): void => {
    const { v = '', e } = attributes(final)
    if (e !== undefined) throw new RefusedError(`SCRAM: the server refuses: ${e}`)
    const given = Buffer.from(v, 'base64')
    if (expected === undefined || given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new RefusedError('SCRAM: the server does not know the password: it may be an impostor')
  }

  return { first: `n,,${first}`, proof, verify }
}

const attributes = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(text.split(',').map((part) => [part.slice(0, 1), part.slice(2)]))
