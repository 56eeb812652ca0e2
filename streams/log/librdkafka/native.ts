import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StreamsError } from '../../errors.ts'

const PACKAGE = '@confluentinc/kafka-javascript'

/** What the native client throws or calls back with. */
export interface NativeError {
  readonly message: string
  readonly code: number
  readonly isFatal?: boolean
  readonly isRetriable?: boolean
  readonly isTxnRequiresAbort?: boolean
}

export type Callback<T = unknown> = (error: NativeError | null | undefined, value: T) => void

export interface NativePartition {
  readonly topic: string
  readonly partition: number
  readonly offset?: number
  readonly metadata?: string
}

export interface NativeMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly Readonly<Record<string, Buffer | string>>[]
}

interface NativeClient {
  connect(options: { readonly timeout?: number }, done: Callback): void
  disconnect(done: () => void): void
  isConnected(): boolean
  on(event: string, listener: (...values: never[]) => void): void
  getMetadata(
    options: { readonly topic?: string; readonly timeout: number },
    done: Callback<{ topics: { name: string; partitions: { id: number }[] }[] }>,
  ): void
}

export interface NativeConsumer extends NativeClient {
  subscribe(topics: string[]): void
  assign(partitions: readonly NativePartition[]): void
  unassign(): void
  assignmentLost(): boolean
  pause(partitions: readonly NativePartition[]): void
  resume(partitions: readonly NativePartition[]): void
  setDefaultConsumeTimeout(ms: number): void
  consume(count: number, done: Callback<NativeMessage[]>): void
  committed(partitions: readonly NativePartition[], timeoutMs: number, done: Callback<NativePartition[]>): void
  commitCb(partitions: readonly NativePartition[], done: Callback<void>): void
  queryWatermarkOffsets(
    topic: string,
    partition: number,
    timeoutMs: number,
    done: Callback<{ lowOffset: number; highOffset: number }>,
  ): void
}

export interface NativeProducer extends NativeClient {
  produce(
    topic: string,
    partition: number,
    value: Buffer | null,
    key: Buffer | null,
    timestampMs: number,
    opaque: unknown,
    headers: Record<string, Buffer>[],
  ): void
  poll(): void
  setPollInBackground(set: boolean): void
  flush(timeoutMs: number, done: Callback<void>): void
  initTransactions(timeoutMs: number, done: Callback<void>): void
  beginTransaction(done: Callback<void>): void
  sendOffsetsToTransaction(
    offsets: readonly NativePartition[],
    consumer: NativeConsumer,
    timeoutMs: number,
    done: Callback<void>,
  ): void
  commitTransaction(timeoutMs: number, done: Callback<void>): void
  abortTransaction(timeoutMs: number, done: Callback<void>): void
}

type Config = Readonly<Record<string, unknown>>

export interface Native {
  readonly Producer: new (config: Config) => NativeProducer
  readonly KafkaConsumer: new (config: Config, topicConfig: Config) => NativeConsumer
  readonly features: readonly string[]
  readonly librdkafkaVersion: string
}

/**
 * Loads the optional client: from the project's packages, else the folder in STONKS_LIBRDKAFKA, else `.cache/librdkafka`.
 * It loads into one thread a process.
 * @throws StreamsError DRIVER_MISSING telling how to install it.
 */
export function loadNative(env: NodeJS.ProcessEnv = process.env, root: string = projectRoot()): Native {
  const folders = [root, env['STONKS_LIBRDKAFKA'], join(root, '.cache', 'librdkafka')]
  const tried: string[] = []
  let cause: unknown
  for (const folder of folders) {
    if (folder === undefined || folder === '') continue
    tried.push(folder)
    if (!existsSync(join(folder, 'node_modules', PACKAGE, 'package.json'))) continue
    try {
      return createRequire(join(resolve(folder), 'package.json'))(PACKAGE) as Native
    } catch (error) {
      cause = error
    }
  }
  const failed = cause instanceof Error ? ` It is there, but does not load: ${cause.message}` : ''
  throw new StreamsError(
    'DRIVER_MISSING',
    `driver librdkafka needs ${PACKAGE}, not usable in ${tried.join(', ')}.${failed} ` +
      'Install it with: node test/services/install.ts librdkafka. Or name a folder that has it in STONKS_LIBRDKAFKA.',
    { package: PACKAGE },
    cause,
  )
}

/** A callback's one outcome as a promise. */
export const promised = <T>(act: (done: Callback<T>) => void): Promise<T> =>
  new Promise((resolvePromise, reject) => {
    act((error, value) => (error ? reject(error) : resolvePromise(value)))
  })

function projectRoot(): string {
  return resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
}
