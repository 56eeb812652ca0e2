import { join } from 'node:path'
import { franzGo, kafkaStreams, quix } from './peers.ts'
import type { Workload } from './workloads.ts'

export interface Place {
  readonly workload: Workload['name']
  readonly brokers: string
  readonly from: string
  readonly to: string
  /** Nobody else's: the system's group is made of it. */
  readonly application: string
  /** Empty. */
  readonly state: string
}

export interface System {
  readonly name: string
  readonly version: string
  readonly workloads: readonly Workload['name'][]
  /** What ratios are taken to. */
  readonly isReference?: true
  /** Makes ready what has to be, and gives how it is started. */
  readonly command: (place: Place) => Promise<readonly string[]>
  readonly groupOf: (application: string) => string
}

const here = (file: string): string => join(import.meta.dirname, file)
const asGiven = (application: string): string => application
const placed = ({ workload, brokers, from, to, application, state }: Place): readonly string[] => [
  ...[workload, brokers, from, to, application, state],
]

const engine = (driver: 'wire' | 'librdkafka'): System => ({
  name: `stonks engine, ${driver}`,
  version: process.version,
  workloads: ['B1', 'B2', 'B3'],
  command: async ({ workload, brokers, from, to, application, state }) => [
    ...[process.execPath, here('engine.ts'), workload, driver, brokers, from, to, application, state],
  ],
  groupOf: (application) => `${application}.work`,
})

export const SYSTEMS: readonly System[] = [
  {
    name: 'Kafka Streams',
    version: kafkaStreams.version,
    workloads: ['B1', 'B2', 'B3'],
    isReference: true,
    command: async (place) => [...(await kafkaStreams.command()), ...placed(place)],
    groupOf: asGiven,
  },
  engine('wire'),
  engine('librdkafka'),
  {
    name: 'kafkajs, a bare loop',
    version: '2.2.4',
    workloads: ['B1'],
    command: async (place) => [process.execPath, here('kafkajs-loop.ts'), ...placed(place)],
    groupOf: asGiven,
  },
  {
    name: 'Quix Streams',
    version: quix.version,
    workloads: ['B1', 'B2'],
    command: async (place) => [...(await quix.command()), ...placed(place)],
    groupOf: asGiven,
  },
  {
    name: 'franz-go, a bare loop over bytes',
    version: franzGo.version,
    workloads: ['B1', 'B2'],
    command: async (place) => [...(await franzGo.command()), ...placed(place)],
    groupOf: asGiven,
  },
]
