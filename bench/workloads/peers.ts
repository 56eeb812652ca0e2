import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../test/services/cache.ts'
import { findOnPath, run } from '../../test/services/command.ts'
import { dependency } from '../../test/services/maven.ts'

const PEERS = join(import.meta.dirname, '..', 'peers')
const folder = join(cacheFolder, 'peers')
const KAFKA_STREAMS = '4.3.1'
const AVRO = '1.12.1'
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>stonks</groupId><artifactId>bench-kafka-streams</artifactId><version>1</version><packaging>pom</packaging><dependencies>
${dependency('org.apache.kafka', 'kafka-streams', KAFKA_STREAMS)}
${dependency('org.apache.avro', 'avro', AVRO)}
${dependency('org.slf4j', 'slf4j-nop', '1.7.36')}
</dependencies></project>
`

/** A program of others, brought here on first use; throws an Error that says what is missing. */
export interface Peer {
  readonly version: string
  readonly command: () => Promise<readonly string[]>
}

function needs(program: string): void {
  if (findOnPath(program) === undefined) throw new Error(`needs ${program} on the PATH`)
}

export const kafkaStreams: Peer = {
  version: KAFKA_STREAMS,
  async command() {
    for (const program of ['mvn', 'java', 'javac']) needs(program)
    const home = join(folder, `kafka-streams-${KAFKA_STREAMS}`)
    const jars = join(home, 'jars')
    if (!existsSync(jars)) {
      mkdirSync(home, { recursive: true })
      writeFileSync(join(home, 'pom.xml'), POM)
      await run('mvn', ['-B', '-q', 'dependency:copy-dependencies', '-DoutputDirectory=jars'], { cwd: home })
    }
    await run('javac', ['-cp', `${jars}/*`, '-d', home, join(PEERS, 'kafka-streams', 'Orders.java')])
    return ['java', '-Xmx1g', '-cp', `${home}:${jars}/*`, 'Orders']
  },
}

export const franzGo: Peer = {
  version: '1.22.2',
  async command() {
    needs('go')
    const program = join(folder, 'franz-go')
    mkdirSync(folder, { recursive: true })
    await run('go', ['build', '-o', program, '.'], { cwd: join(PEERS, 'franz-go') })
    return [program]
  },
}

export const quix: Peer = {
  version: '3.28.1',
  async command() {
    needs('python3')
    const home = join(folder, 'quix')
    const python = join(home, 'bin', 'python')
    if (!existsSync(join(home, 'installed'))) {
      await run('python3', ['-m', 'venv', home])
      const list = join(PEERS, 'quix', 'requirements.txt')
      await run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', list])
      writeFileSync(join(home, 'installed'), '')
    }
    return [python, join(PEERS, 'quix', 'orders.py')]
  },
}
