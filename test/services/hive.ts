import { cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { cacheFolder, freshRunFolder, mustMatch, removeFolder, root, sha256OfFile, sha256OfFolder } from './cache.ts'
import { run } from './command.ts'
import type { Endpoints } from './endpoints.ts'
import { installJava, javaOf } from './java.ts'
import { freePort, launch } from './launch.ts'
import { ALONE, dependency } from './maven.ts'
import type { Part } from './part.ts'
import type { Breakable } from './running.ts'

const HIVE_VERSION = '4.0.0'
const ARCHIVE_SHA256 = '98691daba012f576755e406c4ca0a3777254f7e60a85a956ed7a3ed60e71db78'
/** Over the jars that the archive lacks: see sha256OfFolder. */
const JARS_SHA256 = 'c8eb2c5db246a675506963b2aa0a37c73f30e38402682f2a367c535695dba186'
const JAVA = 17
/** Hadoop 3.3 calls what Java 24 took away. */
const JAVA_BELOW = 24
const folder = join(cacheFolder, 'hive', HIVE_VERSION)

const AWS = '1.12.367'
const HADOOP = '3.3.6'
/** What S3A needs, without the 300 MB of the whole AWS bundle. hadoop-hdfs is for CREATE SCHEMA. */
const JARS: readonly (readonly [string, string, string])[] = [
  ...['core', 'kms', 's3'].map((name) => ['com.amazonaws', `aws-java-sdk-${name}`, AWS] as const),
  ['com.amazonaws', 'jmespath-java', AWS],
  ['software.amazon.ion', 'ion-java', '1.0.2'],
  ['joda-time', 'joda-time', '2.8.1'],
  ['org.apache.httpcomponents', 'httpclient', '4.5.13'],
  ...['client-api', 'client-runtime', 'aws', 'hdfs'].map(
    (name) => ['org.apache.hadoop', `hadoop-${name}`, HADOOP] as const,
  ),
  ['org.slf4j', 'slf4j-api', '1.7.36'],
  ['commons-io', 'commons-io', '2.11.0'],
  ['commons-collections', 'commons-collections', '3.2.2'],
  ['com.google.code.gson', 'gson', '2.9.0'],
  ['javax.servlet', 'javax.servlet-api', '3.1.0'],
]
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>stonks</groupId><artifactId>hive-native</artifactId><version>1</version><packaging>pom</packaging><dependencies>
${JARS.map(([group, artifact, version]) => dependency(group, artifact, version, ALONE)).join('\n')}
</dependencies></project>
`

export const hivePart: Part = {
  name: 'hive',
  version: HIVE_VERSION,
  fingerprint: `${POM}${ARCHIVE_SHA256}${JARS_SHA256}`,
  tools: ['mvn', 'tar'],
  files: () => [join(folder, 'lib'), join(folder, 'jars')],
  install: installHive,
  otherwise: 'set HIVE_METASTORE_URI to a Hive Metastore 4.0',
}

async function installHive(): Promise<void> {
  await installJava(JAVA)
  const work = `${folder}.partial`
  removeFolder(work)
  mkdirSync(work, { recursive: true })
  const artifact = `org.apache.hive:hive-standalone-metastore-server:${HIVE_VERSION}:tar.gz:bin`
  await run('mvn', ['-B', '-q', 'dependency:copy', `-Dartifact=${artifact}`, '-DoutputDirectory=.'], { cwd: work })
  const archive = `hive-standalone-metastore-server-${HIVE_VERSION}-bin.tar.gz`
  mustMatch(archive, await sha256OfFile(join(work, archive)), ARCHIVE_SHA256)
  await run('tar', ['xzf', archive, '--strip-components=1'], { cwd: work })
  writeFileSync(join(work, 'pom.xml'), POM)
  await run('mvn', ['-B', '-q', 'dependency:copy-dependencies', '-DoutputDirectory=jars'], { cwd: work })
  mustMatch(`Hive ${HIVE_VERSION}'s jars`, await sha256OfFolder(join(work, 'jars')), JARS_SHA256)
  removeFolder(join(work, archive))
  removeFolder(folder)
  renameSync(work, folder)
}

export interface HiveOptions {
  /** Keeps what the metastore knows, in a database of its own that is made here. */
  readonly postgres: Endpoints['postgres']
  readonly minio: Endpoints['minio']
  /** `s3a://bucket/prefix`. The bucket must be there. */
  readonly warehouse: string
  readonly heapMb?: number
}

export interface RunningHive extends Breakable {
  /** `thrift://host:port` */
  readonly uri: string
}

/** Starts a metastore with the settings of the chart, `helm/stonks-oracle/files/hive`. */
export async function startHive({ postgres, minio, warehouse, heapMb = 256 }: HiveOptions): Promise<RunningHive> {
  const java = javaOf(JAVA, JAVA_BELOW)
  const port = await freePort()
  const run_ = freshRunFolder('hive')
  cpSync(join(root, 'helm/stonks-oracle/files/hive'), join(run_, 'conf'), { recursive: true })
  const env = {
    ...process.env,
    ...(await ownDatabase(postgres.url, `metastore_${process.pid}_${port}`)),
    MINIO_ENDPOINT: minio.endpoint,
    MINIO_ACCESS_KEY: minio.accessKey,
    MINIO_SECRET_KEY: minio.secretKey,
    LAKE_WAREHOUSE: warehouse,
    // Where the schema tool looks for its SQL.
    METASTORE_HOME: folder,
  }
  const jvm = [
    ...OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
    '--add-opens=java.sql/java.sql=ALL-UNNAMED',
    ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dlog4j.configurationFile=conf/hive-log4j2.properties`],
    ...['-cp', `conf:${folder}/lib/*:${folder}/jars/*`],
  ]
  const metastore = 'org.apache.hadoop.hive.metastore'
  const schema = ['-dbType', 'postgres', '-initSchema']
  await run(java, ['-Xmx256m', ...jvm, `${metastore}.tools.schematool.MetastoreSchemaTool`, ...schema], {
    cwd: run_,
    env,
  })
  const settings = ['metastore.thrift.bind.host=127.0.0.1', ...FORGETFUL].flatMap((one) => ['--hiveconf', one])
  const hive = await launch({
    name: 'hive',
    command: java,
    args: [`-Xmx${heapMb}m`, ...jvm, `${metastore}.HiveMetaStore`, '-p', String(port), ...settings],
    folder: run_,
    env,
    ready: () => accepts(port),
  })
  return Object.assign(hive, { uri: `thrift://127.0.0.1:${port}` })
}

/** The lock of a dead writer is freed in seconds: tests kill many. */
const FORGETFUL = ['metastore.txn.timeout=3s', 'metastore.acid.housekeeper.interval=1s']

/** Packages of java.base that the metastore looks into. */
const OPENED = [
  ...['java.io', 'java.lang', 'java.lang.reflect', 'java.net', 'java.nio', 'java.util'],
  ...['java.util.concurrent', 'java.util.concurrent.atomic', 'java.util.regex'],
]

/** A new database on the server, as the settings name it. */
async function ownDatabase(url: string, name: string): Promise<Readonly<Record<string, string>>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name}`)
  } finally {
    await client.end()
  }
  const { hostname, port, username, password } = new URL(url)
  return {
    METASTORE_DB_URL: `jdbc:postgresql://${hostname}:${port || '5432'}/${name}`,
    METASTORE_DB_DRIVER: 'org.postgresql.Driver',
    METASTORE_DB_USER: decodeURIComponent(username),
    METASTORE_DB_PASSWORD: decodeURIComponent(password) || 'none',
  }
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
