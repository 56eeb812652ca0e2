import { StreamsError } from '../../errors.ts'
import { type KafkaConnection, silentLogger } from '../kafka/connection.ts'
import { toStreamsError } from './failures.ts'
import { type Callback, type Native, type NativeError, promised } from './native.ts'

const CONNECT_TIMEOUT_MS = 10_000

/** The connection in the native client's own words. */
export function connectionConfig(connection: KafkaConnection): Record<string, unknown> {
  const { ssl, sasl } = connection
  const tls = ssl === undefined || ssl === false ? undefined : ssl === true ? {} : ssl
  return {
    'bootstrap.servers': connection.brokers.join(','),
    'client.id': connection.clientId,
    'security.protocol': `${sasl ? 'sasl_' : ''}${tls ? 'ssl' : 'plaintext'}`,
    'allow.auto.create.topics': false,
    'reconnect.backoff.ms': 100,
    'reconnect.backoff.max.ms': 1_000,
    log_level: 3,
    ...given('ssl.ca.pem', tls?.ca),
    ...given('ssl.certificate.pem', tls?.cert),
    ...given('ssl.key.pem', tls?.key),
    ...given('sasl.mechanism', sasl?.mechanism.toUpperCase()),
    ...given('sasl.username', sasl?.username),
    ...given('sasl.password', sasl?.password),
  }
}

/** What every consumer is made of. Where to start is always said; it never decides that by itself. */
export function consumerConfig(connection: KafkaConnection, groupId: string): Record<string, unknown> {
  return {
    ...connectionConfig(connection),
    'group.id': groupId,
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
    'isolation.level': 'read_committed',
    'fetch.wait.max.ms': 100,
    'fetch.queue.backoff.ms': 20,
    'queued.max.messages.kbytes': 32_768,
  }
}

export const CONSUMER_TOPIC_CONFIG = { 'auto.offset.reset': 'error' } as const

/** What every producer is made of. zstd where the build has it: every reader of ours can undo it. */
export function producerConfig(connection: KafkaConnection, native: Native): Record<string, unknown> {
  return {
    ...connectionConfig(connection),
    'enable.idempotence': true,
    acks: -1,
    'linger.ms': 5,
    'message.timeout.ms': 10_000,
    'message.max.bytes': 1_000_000,
    'compression.codec': native.features.includes('zstd') ? 'zstd' : 'none',
    dr_cb: true,
  }
}

/** Something that can be connected, with the errors it reports on the side. */
interface Connectable {
  connect(options: { readonly timeout?: number }, done: Callback): void
  on(event: string, listener: (error: NativeError) => void): void
}

/** @throws StreamsError LOG_UNAVAILABLE */
export async function connect(client: Connectable, connection: KafkaConnection): Promise<void> {
  const logger = connection.logger ?? silentLogger
  // Brokers that come and go: it keeps trying, and calls in progress tell their own failure.
  client.on('event.error', (error) => logger.warn({ code: error.code }, error.message))
  try {
    await promised((done) => client.connect({ timeout: CONNECT_TIMEOUT_MS }, done))
  } catch (error) {
    throw toStreamsError(error, 'connecting', connection.brokers)
  }
}

export const otherDriver = (): StreamsError =>
  new StreamsError('INVALID_STATE', 'the consumer belongs to another driver: open both from the same one')

const given = (name: string, value: string | undefined): Record<string, string> =>
  value === undefined ? {} : { [name]: value }
