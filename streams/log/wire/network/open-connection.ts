import { randomBytes } from 'node:crypto'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { KafkaConnection, KafkaSasl } from '../../kafka/connection.ts'
import { CorruptError } from '../protocol/byte-reader.ts'
import { API_VERSIONS, SASL_AUTHENTICATE, SASL_HANDSHAKE } from '../protocol/cluster-messages.ts'
import { CODES } from '../protocol/error-codes.ts'
import { Connection } from './connection.ts'
import { ConnectionError, RefusedError } from './connection-error.ts'
import { scram } from './scram.ts'

const CONNECT_TIMEOUT_MS = 5_000
const HANDSHAKE_TIMEOUT_MS = 10_000
/** Share of a session's life after which a connection is replaced. */
const LIFE_USED = 0.85

/** What a broker said it can do. */
export interface BrokerFeatures {
  /** Finalised features of the cluster with their levels, as `transaction.version`. */
  readonly levels: ReadonlyMap<string, number>
  supports(api: { readonly key: number; readonly version: number }): boolean
}

export interface OpenConnection {
  readonly connection: Connection
  readonly features: BrokerFeatures
}

/** Connects, finds out what the broker can do, and proves who we are. @throws ConnectionError, RefusedError */
export async function openConnection(host: string, port: number, client: KafkaConnection): Promise<OpenConnection> {
  const address = `${host}:${port}`
  const socket = await openSocket(host, port, client)
  const connection = new Connection(socket, address, client.clientId)
  try {
    const features = await askVersions(connection)
    if (client.sasl) await authenticate(connection, client.sasl)
    return { connection, features }
  } catch (error) {
    connection.close()
    const cause = error instanceof ConnectionError ? error.cause : undefined
    throw cause instanceof RefusedError ? new RefusedError(`${address}: ${cause.message}`, { cause }) : error
  }
}

function openSocket(host: string, port: number, client: KafkaConnection): Promise<Socket> {
  const { ssl } = client
  const secure = ssl !== undefined && ssl !== false
  return new Promise((resolve, reject) => {
    const socket: Socket = secure
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...(ssl === true ? {} : ssl) })
      : connectPlain({ host, port })
    const fail = (error: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(secure ? tlsFailure(host, port, error) : unreachable(host, port, error))
    }
    const timer = setTimeout(() => fail(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`)), CONNECT_TIMEOUT_MS)
    socket.once('error', fail)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

const unreachable = (host: string, port: number, error: Error): ConnectionError =>
  new ConnectionError(`${host}:${port}: ${error.message}`, false, error)

/** A certificate does not become valid by trying again. */
function tlsFailure(host: string, port: number, error: NodeJS.ErrnoException): Error {
  const code = error.code ?? ''
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return new RefusedError(`${host}:${port} does not speak TLS: unset ssl, or use its TLS port`, { cause: error })
  if (/CERT|SSL|SELF_SIGNED|UNABLE_TO/.test(code))
    return new RefusedError(`${host}:${port}: TLS failed: ${error.message} (${code})`, { cause: error })
  // A broker closes its plain port on whoever begins with TLS; but so does one that is going down.
  const hint = code === 'ECONNRESET' ? `${error.message}. If that stays so, the port may not speak TLS` : error.message
  return unreachable(host, port, new Error(hint, { cause: error }))
}

async function askVersions(connection: Connection): Promise<BrokerFeatures> {
  const ask = { clientSoftwareName: 'stonks-oracle', clientSoftwareVersion: '0.1.0' }
  const answer = await connection.request(API_VERSIONS, ask, HANDSHAKE_TIMEOUT_MS).catch((error: unknown) => {
    // A broker that does not know the question answers it in the layout of its first version.
    throw error instanceof CorruptError ? tooOld(connection.address, API_VERSIONS) : error
  })
  if (answer.errorCode === CODES.UNSUPPORTED_VERSION) throw tooOld(connection.address, API_VERSIONS)
  const ranges = new Map(answer.apis.map((range) => [range.apiKey, range]))
  return {
    levels: new Map((answer.finalizedFeatures ?? []).map(({ name, maxLevel }) => [name, maxLevel])),
    supports: ({ key, version }) => {
      const range = ranges.get(key)
      return range !== undefined && range.minVersion <= version && version <= range.maxVersion
    },
  }
}

export const tooOld = (address: string, { name, version }: { readonly name: string; readonly version: number }) =>
  new RefusedError(
    `${address}: the broker has no ${name} in version ${version}. Driver wire needs Apache Kafka 3.1 or later: ` +
      'update the cluster, or use driver kafkajs or librdkafka.',
  )

async function authenticate(connection: Connection, sasl: KafkaSasl): Promise<void> {
  const mechanism = sasl.mechanism.toUpperCase()
  const { errorCode, mechanisms } = await connection.request(SASL_HANDSHAKE, { mechanism }, HANDSHAKE_TIMEOUT_MS)
  if (errorCode !== CODES.NONE)
    throw new RefusedError(`${connection.address}: SASL ${mechanism} is not offered, only ${mechanisms.join(', ')}`)
  const say = async (text: string): Promise<{ readonly said: string; readonly lifetimeMs: number }> => {
    const answer = await connection.request(SASL_AUTHENTICATE, { authBytes: Buffer.from(text) }, HANDSHAKE_TIMEOUT_MS)
    if (answer.errorCode !== CODES.NONE) {
      const reason = answer.errorMessage ?? `error ${answer.errorCode}`
      throw new RefusedError(`${connection.address}: user ${sasl.username} was not let in by ${mechanism}: ${reason}`)
    }
    return { said: answer.authBytes.toString(), lifetimeMs: answer.sessionLifetimeMs }
  }
  const lifetimeMs = sasl.mechanism === 'plain' ? await plain(sasl, say) : await challenge(sasl, say)
  if (lifetimeMs > 0) connection.expiresAtMs = performance.now() + lifetimeMs * LIFE_USED
}

type Say = (text: string) => Promise<{ readonly said: string; readonly lifetimeMs: number }>

const plain = async ({ username, password }: KafkaSasl, say: Say): Promise<number> =>
  (await say(`\0${username}\0${password}`)).lifetimeMs

async function challenge({ mechanism, username, password }: KafkaSasl, say: Say): Promise<number> {
  const hash = mechanism === 'scram-sha-256' ? 'sha256' : 'sha512'
  const client = scram(hash, username, password, randomBytes(18).toString('base64url'))
  const { said } = await say(client.first)
  const final = await say(client.proof(said))
  client.verify(final.said)
  return final.lifetimeMs
}
