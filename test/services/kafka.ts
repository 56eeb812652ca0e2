import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { cacheFolder, freshRunFolder, mustMatch, removeFolder, sha256OfFolder } from './cache.ts'
import { run } from './command.ts'
import { javaOf } from './java.ts'
import { freePort, launch } from './launch.ts'
import { ALONE, dependency } from './maven.ts'
import type { Part } from './part.ts'
import type { Breakable } from './running.ts'

const KAFKA_VERSION = '4.3.1'
const LOG4J_VERSION = '2.25.5'
const CSV_VERSION = '2.21.2'
/** Over the whole set of jars: see sha256OfFolder. */
const JARS_SHA256 = 'cb0cb949447c8fbf7952421dcef6119fea217bf7b3555ae4ff0de29c7d4ea1bb'
const folder = join(cacheFolder, 'kafka', KAFKA_VERSION)
const libs = join(folder, 'libs')

// The tools' own dependencies bring Connect and Jetty, which no tool here needs.
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>stonks</groupId><artifactId>kafka-native</artifactId><version>1</version><packaging>pom</packaging><dependencies>
${dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION)}
${dependency('org.apache.kafka', 'kafka-tools', KAFKA_VERSION, ALONE)}
${dependency('com.fasterxml.jackson.dataformat', 'jackson-dataformat-csv', CSV_VERSION)}
${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', LOG4J_VERSION)}
</dependencies></project>
`

export const kafkaPart: Part = {
  name: 'kafka',
  version: KAFKA_VERSION,
  fingerprint: `${POM}${JARS_SHA256}`,
  tools: ['mvn'],
  files: () => [libs],
  install: installKafka,
  otherwise: 'set KAFKA_BROKERS to a broker (4.x, KRaft), or start a Docker engine',
}

async function installKafka(): Promise<void> {
  const work = `${folder}.partial`
  removeFolder(work)
  mkdirSync(work, { recursive: true })
  writeFileSync(join(work, 'pom.xml'), POM)
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=libs']
  await run('mvn', ['-B', '-q', ...goal], { cwd: work })
  mustMatch(`Kafka ${KAFKA_VERSION}'s jars`, await sha256OfFolder(join(work, 'libs')), JARS_SHA256)
  writeFileSync(join(work, 'log4j2.properties'), logging('INFO'))
  writeFileSync(join(work, 'log4j2-tools.properties'), logging('WARN'))
  removeFolder(folder)
  renameSync(work, folder)
}

function logging(level: string): string {
  return [
    'status=error',
    'appender.c.type=Console',
    'appender.c.name=c',
    'appender.c.layout.type=PatternLayout',
    'appender.c.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1} %m%n',
    `rootLogger.level=${level}`,
    'rootLogger.appenderRef.c.ref=c',
    '',
  ].join('\n')
}

export interface KafkaOptions {
  /** Further lines of server.properties, or other values for ours. */
  readonly properties?: Readonly<Record<string, string>>
  /** Heap in MiB; STONKS_KAFKA_HEAP, else 256. */
  readonly heapMb?: number
  /** Further listeners by name, each with its protocol, `SASL_SSL`; what they need besides comes by `properties`. */
  readonly listeners?: Readonly<Record<string, string>>
}

export interface RunningKafka extends Breakable {
  readonly brokers: readonly string[]
  /** Address of each further listener. */
  readonly listeners: Readonly<Record<string, string>>
}

/** Starts one broker in KRaft mode, which is its own controller. Topics are never made by accident. */
export async function startKafka(options: KafkaOptions = {}): Promise<RunningKafka> {
  const [port, controllerPort] = [await freePort(), await freePort()]
  const listeners: Record<string, string> = {}
  for (const name of Object.keys(options.listeners ?? {})) listeners[name] = `127.0.0.1:${await freePort()}`
  const properties = {
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    ...listening(port, controllerPort, listeners, options.listeners ?? {}),
    ...options.properties,
  }
  const heapMb = options.heapMb ?? Number(process.env['STONKS_KAFKA_HEAP'] ?? 256)
  const broker = await startNode({ clusterId: clusterId(), properties, heapMb, format: ['--standalone'] })
  const brokers = [`127.0.0.1:${port}`]
  await groupsWork(brokers)
  return Object.assign(broker, { brokers, listeners })
}

export interface RunningCluster {
  readonly brokers: readonly string[]
  readonly nodes: readonly Breakable[]
  stop(): Promise<void>
}

/** Starts so many brokers that are controllers too. Every topic has three copies, of which two must have what is acknowledged. */
export async function startKafkaCluster(count: number, heapMb: number): Promise<RunningCluster> {
  const ports: [number, number][] = []
  for (let i = 0; i < count; i++) ports.push([await freePort(), await freePort()])
  const id = clusterId()
  const voters = ports.map(([, controllerPort], i) => `${i + 1}@127.0.0.1:${controllerPort}`).join(',')
  const nodes = await Promise.all(
    ports.map(([port, controllerPort], i) => {
      const listeners = listening(port, controllerPort, {}, {})
      const properties = { 'node.id': String(i + 1), 'controller.quorum.voters': voters, ...THREE_COPIES, ...listeners }
      return startNode({ clusterId: id, properties, heapMb, format: [] })
    }),
  )
  const brokers = ports.map(([port]) => `127.0.0.1:${port}`)
  await groupsWork(brokers)
  return { brokers, nodes, stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))) }
}

const THREE_COPIES = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
}

interface NodePlan {
  readonly clusterId: string
  readonly properties: Readonly<Record<string, string>>
  readonly heapMb: number
  readonly format: readonly string[]
}

async function startNode({ clusterId: id, properties, heapMb, format }: NodePlan): Promise<Breakable> {
  const run_ = freshRunFolder('kafka')
  writeFileSync(join(run_, 'server.properties'), serverProperties(properties))
  const formatting = ['format', '-t', id, '-c', 'server.properties', ...format]
  await kafkaTool('kafka.tools.StorageTool', formatting, run_)
  return launch({
    name: 'kafka',
    command: javaOf(17),
    args: [
      ...[
        `-Xms${heapMb}m`,
        `-Xmx${heapMb}m`,
        '-XX:+UseSerialGC',
        '-XX:MaxDirectMemorySize=64m',
        '-Djava.awt.headless=true',
      ],
      ...[`-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`, '-cp', `${libs}/*`],
      ...['kafka.Kafka', 'server.properties'],
    ],
    folder: run_,
    ready: /Kafka Server started/,
  })
}

/** The first question after a group makes the topic of group offsets; asked here, no test meets it half made. */
async function groupsWork(brokers: string[]): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin()
  await admin.connect()
  const deadline = performance.now() + 30_000
  for (;;) {
    try {
      await admin.fetchOffsets({ groupId: 'ready', topics: [] })
      break
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(50)
    }
  }
  await admin.disconnect()
}

/** Runs one of Kafka's own tools, such as `org.apache.kafka.tools.TopicCommand`, and gives what it printed. */
export async function kafkaTool(mainClass: string, args: readonly string[], cwd: string = folder): Promise<string> {
  const logging_ = `-Dlog4j2.configurationFile=${join(folder, 'log4j2-tools.properties')}`
  const jvm = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', logging_, '-cp', `${libs}/*`]
  return run(javaOf(17), [...jvm, mainClass, ...args], { cwd, timeoutMs: 60_000 })
}

/** A fresh cluster id: 16 random bytes that do not begin with `-`, which the tool would take for an option. */
function clusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? clusterId() : id
}

/** Where it listens: in plain, as its own controller, and on what else is asked for. */
function listening(
  port: number,
  controllerPort: number,
  more: Readonly<Record<string, string>>,
  protocols: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const all = { PLAINTEXT: `127.0.0.1:${port}`, CONTROLLER: `127.0.0.1:${controllerPort}`, ...more }
  const listeners = Object.entries(all).map(([name, address]) => `${name}://${address}`)
  const map = Object.entries({ CONTROLLER: 'PLAINTEXT', PLAINTEXT: 'PLAINTEXT', ...protocols })
  return {
    listeners: listeners.join(','),
    'advertised.listeners': listeners.join(','),
    'listener.security.protocol.map': map.map(([name, protocol]) => `${name}:${protocol}`).join(','),
  }
}

function serverProperties(more: Readonly<Record<string, string>>): string {
  const values: Readonly<Record<string, string | number>> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': 'data',
    ...SMALL,
    ...more,
  }
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

/** One broker's worth of everything, and no waiting for members that never come. */
const SMALL: Readonly<Record<string, string | number>> = {
  'num.partitions': 4,
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 8,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 8,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'share.coordinator.state.topic.num.partitions': 1,
  'group.initial.rebalance.delay.ms': 0,
  // A killed broker may come back only when its old session has ended.
  'broker.session.timeout.ms': 9000,
  'broker.heartbeat.interval.ms': 500,
  'log.cleaner.dedupe.buffer.size': 16_777_216,
  'num.network.threads': 2,
  'num.io.threads': 4,
  'log.segment.bytes': 134_217_728,
}
