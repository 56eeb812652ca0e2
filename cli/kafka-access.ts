import { readFileSync } from 'node:fs'
import type { KafkaConnection, KafkaSasl, KafkaTls } from '../streams/index.ts'
import { CommandError, EXIT } from './output.ts'

/** How a cluster lets us in: as nobody over a plain connection unless the settings say more. */
export type KafkaAccess = Pick<KafkaConnection, 'ssl' | 'sasl'>

const MECHANISMS: readonly KafkaSasl['mechanism'][] = ['plain', 'scram-sha-256', 'scram-sha-512']

type Env = Readonly<Record<string, string | undefined>>

/** Reads `KAFKA_TLS…` and `KAFKA_SASL_…`. Throws CommandError naming the setting and what it takes. */
export function readKafkaAccess(env: Env): KafkaAccess {
  const [ssl, sasl] = [tlsOf(env), saslOf(env)]
  return { ...(ssl === undefined ? {} : { ssl }), ...(sasl === undefined ? {} : { sasl }) }
}

function tlsOf(env: Env): true | KafkaTls | undefined {
  const [ca, cert, key] = ['CA', 'CERT', 'KEY'].map((name) => pemOf(env, `KAFKA_TLS_${name}_FILE`))
  if (ca === undefined && cert === undefined && key === undefined) {
    if (env['KAFKA_TLS'] !== undefined && !['', 'true', 'false'].includes(env['KAFKA_TLS']))
      throw wrong('KAFKA_TLS', `is ${JSON.stringify(env['KAFKA_TLS'])}`, 'it takes true or false')
    return env['KAFKA_TLS'] === 'true' ? true : undefined
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

function saslOf(env: Env): KafkaSasl | undefined {
  const [username, password] = [env['KAFKA_SASL_USERNAME'], passwordOf(env)]
  if (!username && !password) return undefined
  if (!username || !password)
    throw wrong('KAFKA_SASL_USERNAME', 'or KAFKA_SASL_PASSWORD is not set', 'the cluster is told both or none')
  const named = (env['KAFKA_SASL_MECHANISM'] || 'scram-sha-512').toLowerCase()
  const mechanism = MECHANISMS.find((one) => one === named)
  if (mechanism === undefined)
    throw wrong('KAFKA_SASL_MECHANISM', `is ${JSON.stringify(named)}`, `it takes ${MECHANISMS.join(', ')}`)
  return { mechanism, username, password }
}

/** From the environment, or from a file as secrets are mounted. */
const passwordOf = (env: Env): string | undefined =>
  env['KAFKA_SASL_PASSWORD'] || pemOf(env, 'KAFKA_SASL_PASSWORD_FILE')?.trim()

function pemOf(env: Env, name: string): string | undefined {
  const file = env[name]
  if (!file) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw wrong(name, `names ${file}: ${(error as Error).message}`, 'it takes a file that can be read')
  }
}

const wrong = (name: string, what: string, help: string): CommandError =>
  new CommandError(EXIT.usage, `the setting ${name} ${what}`, help)
