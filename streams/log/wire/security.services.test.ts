import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kafkaTool, startKafka } from '../../../test/services/index.ts'
import { describeWith } from '../../../test/services/require-service.ts'
import type { StreamsError } from '../../errors.ts'
import type { KafkaConnection, KafkaSasl, KafkaTls } from '../kafka/connection.ts'
import { readAll } from '../testing/member.ts'
import { openWireDriver } from './driver.ts'

const TOPIC = 'secured'
const USER = 'alice, = the first'
const PASSWORD = 'a secret: = of hers'
const JAAS = {
  plain: 'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="secret";',
  scram: 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
}

const folder = mkdtempSync(join(tmpdir(), 'secured-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A certificate that signs itself, with its key behind it: the form of Kafka's PEM key stores. */
function certificate(name: string, more: readonly string[] = []): { readonly cert: string; readonly key: string } {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj', `/CN=${name}`]
  execFileSync('openssl', [...args, '-addext', names, ...more], { stdio: 'pipe' })
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
}

const oneLine = (pem: string): string => pem.trim().replaceAll('\n', '\\n')

describeWith(['kafka'], 'a broker that lets nobody in without a word', () => {
  let broker: Awaited<ReturnType<typeof startKafka>>
  let server: ReturnType<typeof certificate>
  let client: ReturnType<typeof certificate>

  beforeAll(async () => {
    server = certificate('server')
    client = certificate('client')
    broker = await startKafka({
      listeners: { SASL: 'SASL_PLAINTEXT', SASLTLS: 'SASL_SSL', TLS: 'SSL' },
      properties: {
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        ...Object.fromEntries(
          ['sasl', 'sasltls'].flatMap((listener) => [
            [`listener.name.${listener}.plain.sasl.jaas.config`, JAAS.plain],
            [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`, JAAS.scram],
            [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`, JAAS.scram],
          ]),
        ),
        // A session this short has to be proved anew while the test runs.
        'listener.name.sasl.plain.connections.max.reauth.ms': '2000',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.certificate.chain': oneLine(server.cert),
        'ssl.keystore.key': oneLine(server.key),
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.certificates': oneLine(client.cert),
        'listener.name.tls.ssl.client.auth': 'required',
      },
    })
    const where = ['--bootstrap-server', broker.brokers.join(','), '--entity-type', 'users', '--entity-name', USER]
    // One user, one mechanism a request: the broker wants it so.
    for (const name of ['SCRAM-SHA-256', 'SCRAM-SHA-512'])
      await kafkaTool('kafka.admin.ConfigCommand', [
        ...where,
        '--alter',
        '--add-config',
        `${name}=[password=${PASSWORD}]`,
      ])
    const admin = await openWireDriver({ brokers: broker.brokers, clientId: 'setup' }).admin()
    await admin.ensureTopics([{ topic: TOPIC, partitions: 1, cleanup: 'delete', retentionMs: -1 }])
    await admin.close()
  })
  afterAll(() => broker.stop())

  const connection = (listener: string, more: Partial<KafkaConnection>): KafkaConnection => ({
    brokers: [broker.listeners[listener] as string],
    clientId: 'secured',
    ...more,
  })
  /** Writes a record and reads all there are; how many is what it resolves to. */
  const roundTripAs = async (as: KafkaConnection): Promise<number> => {
    const driver = openWireDriver(as)
    const producer = await driver.producer({ guarantee: 'exactly_once', transactionalId: 'secured' })
    const at = { topic: TOPIC, partition: 0 }
    const output = { ...at, timestampMs: 1, key: undefined, value: Buffer.from('v'), headers: {} }
    await producer.commit({ outputs: [output], consumer: undefined, groupId: '', offsets: new Map() })
    await producer.close()
    const reader = await driver.reader([{ at, offset: 'earliest' }])
    const records = await readAll(reader, 1)
    await reader.close()
    return records.length
  }
  const refusal = (as: KafkaConnection): Promise<StreamsError> =>
    roundTripAs(as).then(
      () => Promise.reject(new Error('it was let in')),
      (error: StreamsError) => error,
    )
  const scram = (mechanism: KafkaSasl['mechanism'], password = PASSWORD): KafkaSasl => ({
    mechanism,
    username: USER,
    password,
  })
  const plain: KafkaSasl = { mechanism: 'plain', username: 'alice', password: 'secret' }
  const ours = (): KafkaTls => ({ ca: server.cert, cert: client.cert, key: client.key })

  test.each(['scram-sha-256', 'scram-sha-512'] as const)(
    '%s lets in who knows the password, over plain and TLS',
    async (mechanism) => {
      expect(await roundTripAs(connection('SASL', { sasl: scram(mechanism) }))).toBeGreaterThan(0)
      expect(
        await roundTripAs(connection('SASLTLS', { sasl: scram(mechanism), ssl: { ca: server.cert } })),
      ).toBeGreaterThan(0)
      const error = await refusal(connection('SASL', { sasl: scram(mechanism, 'wrong') }))
      expect([error.code, error.retriable]).toEqual(['INVALID_STATE', false])
      expect(error.message).toMatch(/was not let in by SCRAM/)
    },
  )

  test('PLAIN lets in who knows the password', async () => {
    expect(await roundTripAs(connection('SASLTLS', { sasl: plain, ssl: { ca: server.cert } }))).toBeGreaterThan(0)
    const error = await refusal(connection('SASL', { sasl: { ...plain, password: 'wrong' } }))
    expect([error.code, error.retriable]).toEqual(['INVALID_STATE', false])
  })

  test('a session that has to be proved anew goes on', async () => {
    const driver = openWireDriver(connection('SASL', { sasl: plain }))
    const reader = await driver.reader([{ at: { topic: TOPIC, partition: 0 }, offset: 'earliest' }])
    const producer = await driver.producer({ guarantee: 'at_least_once', transactionalId: 'x' })
    const output = { topic: TOPIC, partition: 0, timestampMs: 1, key: undefined, value: Buffer.from('v'), headers: {} }
    const before = (await readAll(reader, 1_000, 500)).length
    for (let n = 0; n < 12; n++) {
      await producer.commit({ outputs: [output], consumer: undefined, groupId: '', offsets: new Map() })
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect((await readAll(reader, 12, 3_000)).length).toBe(12)
    expect(before).toBeGreaterThanOrEqual(0)
    await producer.close()
    await reader.close()
  })

  test('TLS on both sides: our certificate is asked for', async () => {
    expect(await roundTripAs(connection('TLS', { ssl: ours() }))).toBeGreaterThan(0)
  })

  test('certificates that are not trusted are refused at once, by either side', async () => {
    const foreign = await refusal(connection('TLS', { ssl: { ...ours(), ca: client.cert } }))
    expect([foreign.code, foreign.retriable]).toEqual(['INVALID_STATE', false])
    expect(foreign.message).toMatch(/TLS failed/)
  })

  test('the wrong protocol for the port is named', async () => {
    expect((await refusal(connection('TLS', {}))).code).toMatch(/INVALID_STATE|LOG_UNAVAILABLE/)
    const error = await refusal({ brokers: broker.brokers, clientId: 'c', ssl: true })
    expect(error.message).toMatch(/may not speak TLS/)
  })
})
