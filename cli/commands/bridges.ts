import {
  type Direction,
  type ListState,
  listState,
  openRedis,
  type RedisClient,
  SwitchTimeoutError,
  switchList,
} from '../../connectors/index.ts'
import { partitionKey, silentLogger, systemClock } from '../../streams/index.ts'
import type { CheckedBridge, CheckedTopology } from '../../topology/index.ts'
import { CommandError, EXIT, grouped, table } from '../output.ts'
import { switchOf, withSwitched } from '../runtime/bridge-switches.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { openDriver } from '../runtime/parts.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'

const DIRECTIONS: readonly Direction[] = ['in', 'out', 'off']

/** `stonks bridges`: how the lists stand, and switching one while everything runs. */
export function bridgesCommand({ program, settings, output }: CommandPorts): void {
  const bridges = program.command('bridges').description('lists of older services: how they stand, and switching them')
  bridges
    .command('list')
    .description('direction, items waiting, taken and put aside, of every bridge')
    .option('--json', 'rows as JSON')
    .action(async (flags: { json?: boolean }) => {
      const chosen = settings()
      const topology = loadTopology(chosen, output)
      await withRedis(chosen, async (redis) => {
        const rows = await Promise.all(
          topology.bridges.map(async (bridge) => ({ ...bridge, ...(await listState(redis, bridge.list)) })),
        )
        if (flags.json) output.json(rows.map(rowJson))
        else output.data(listText(rows))
      })
    })
  bridges
    .command('set')
    .description('switch a list while everything runs; nothing is lost on the way')
    .argument('<bridge>', 'its name in the topology')
    .argument('<direction>', 'in, out or off')
    .option('--wait <seconds>', 'how long to wait for what is under way', '60')
    .addHelpText(
      'after',
      `
First the list is off: no bridge takes or pushes. What was taken is brought to its end or given back. A list that was given
items of the topic is brought in once the older service has taken them. A list that was brought in is given what comes from now on.

Examples:
  stonks bridges list
  stonks bridges set parsing in               our parser takes over
  stonks bridges set parsing off              and back`,
    )
    .action(async (name: string, to: string, flags: { wait: string }) => {
      const chosen = settings()
      const bridge = bridgeNamed(name, loadTopology(chosen, output))
      const direction = directionOf(to)
      const wanted = loadTopology(withSwitched(chosen, new Map([[name, direction]])), output)
      if (wanted.bridges.find((one) => one.name === name)?.direction !== direction)
        throw new CommandError(
          EXIT.refused,
          `the topology fixes the direction of ${name}`,
          `it can be switched where it is written direction: "\${env:${switchOf(name)}:-off}"`,
        )
      await withRedis(chosen, (redis) =>
        carryOut(redis, bridge, direction, chosen, { note: output.note, waitMs: secondsOf(flags.wait) * 1_000 }),
      )
      output.data(`${name} is ${direction}`)
    })
}

async function carryOut(
  redis: RedisClient,
  bridge: CheckedBridge,
  to: Direction,
  settings: Settings,
  { note, waitMs }: { readonly note: (line: string) => void; readonly waitMs: number },
): Promise<void> {
  if (settings.driver === 'embedded')
    throw new CommandError(EXIT.usage, 'lists are switched where nodes run against Kafka', 'set KAFKA_BROKERS')
  const ends = (): Promise<ReadonlyMap<string, bigint>> => endsOf(settings, bridge)
  const states = { declared: bridge.direction, to }
  try {
    await switchList(redis, bridge.list, states, { clock: systemClock, waitMs, ends, tell: note })
  } catch (error) {
    if (!(error instanceof SwitchTimeoutError)) throw error
    throw new CommandError(
      EXIT.refused,
      `${bridge.name} is off: ${error.message}`,
      `say the same again to go on waiting, or stonks bridges set ${bridge.name} ${bridge.direction} to go back`,
    )
  }
}

async function endsOf(settings: Settings, { topic }: CheckedBridge): Promise<ReadonlyMap<string, bigint>> {
  const topology = loadTopology(settings, SILENT)
  const driver = await openDriver(settings, silentLogger)
  try {
    const admin = await driver.admin()
    const ends = await admin.endOffsets(topology.topics[topic]?.topic ?? topic)
    await admin.close()
    return new Map(ends.map((end, partition) => [partitionKey({ topic, partition }), end]))
  } finally {
    await driver.close()
  }
}

const SILENT = { data: () => {}, json: () => {}, note: () => {}, error: () => {} }

async function withRedis(settings: Settings, work: (redis: RedisClient) => Promise<void>): Promise<void> {
  if (settings.redisUrl === undefined)
    throw new CommandError(EXIT.usage, 'REDIS_URL is not set', 'it names the Redis of the older services')
  const redis = openRedis(settings.redisUrl)
  try {
    await redis.ping()
  } catch (error) {
    redis.disconnect()
    throw new CommandError(EXIT.outside, `Redis cannot be reached: ${(error as Error).message}`, 'is REDIS_URL right?')
  }
  try {
    await work(redis)
  } finally {
    redis.disconnect()
  }
}

function bridgeNamed(name: string, topology: CheckedTopology): CheckedBridge {
  const found = topology.bridges.find((bridge) => bridge.name === name)
  if (found !== undefined) return found
  const names = topology.bridges.map((bridge) => bridge.name).join(', ')
  throw new CommandError(EXIT.usage, `there is no bridge ${name}`, `the bridges are ${names || 'none'}`)
}

function directionOf(text: string): Direction {
  const found = DIRECTIONS.find((direction) => direction === text)
  if (found !== undefined) return found
  throw new CommandError(EXIT.usage, `${JSON.stringify(text)} is no direction`, 'in, out or off')
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (text !== '' && seconds >= 0) return seconds
  throw new CommandError(EXIT.usage, `--wait is ${JSON.stringify(text)}`, 'it takes a number of seconds')
}

type Row = CheckedBridge & ListState

const rowJson = ({ name, list, topic, direction, switchedTo, waiting, taken, dead, alive }: Row) => ({
  name,
  list,
  topic,
  direction: switchedTo ?? direction,
  declared: direction,
  waiting,
  taken,
  dead,
  bridges: alive,
})

function listText(rows: readonly Row[]): string {
  const heads = ['BRIDGE', 'LIST', 'DIRECTION', 'DECLARED', 'WAITING', 'TAKEN', 'DEAD']
  const lines = rows.map((row) => [
    row.name,
    row.list,
    row.switchedTo ?? row.direction,
    row.direction,
    ...[row.waiting, row.taken, row.dead].map(grouped),
  ])
  return table(heads, lines, new Set([4, 5, 6]))
}
