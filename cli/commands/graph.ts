import { setTimeout as sleep } from 'node:timers/promises'
import type { Topology } from '../../api/contract.ts'
import { layoutOf, toMermaid, toSvg } from '../../topology/index.ts'
import { CommandError, EXIT } from '../output.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { atRun } from '../runtime/run-folder.ts'
import { findRunning } from '../runtime/running.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'
import { graphText } from './graph-text.ts'

const LOOK_EVERY_MS = 2_000

interface GraphFlags {
  readonly format: string
  readonly json?: boolean
  readonly live?: boolean
  readonly url?: string
}

export function graphCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('graph')
    .description('draw the topology')
    .option('--format <format>', 'mermaid, svg, text or json', 'mermaid')
    .option('--live', 'as text, with rates and lag of what runs now, again and again')
    .option('--url <url>', 'with --live: the query API to ask; what runs on this data folder unless given')
    .option('--json', 'the same as --format json; with --live the numbers of now, once')
    .addHelpText(
      'after',
      `
Examples:
  stonks graph --format svg > topology.svg
  stonks graph --format text
  stonks graph --live
  stonks graph --live --url http://localhost:8000 --json`,
    )
    .action(async (flags: GraphFlags) => {
      const layout = layoutOf(loadTopology(settings(), output))
      if (flags.live) {
        const url = flags.url ?? urlOfRunning(atRun(settings()))
        if (flags.json) return output.json(await askNumbers(url))
        for (; ; await sleep(LOOK_EVERY_MS)) {
          const numbers = await askNumbers(url)
          if (process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[2J')
          output.data(graphText(layout, numbers))
          if (!process.stdout.isTTY) return
        }
      }
      if (flags.json || flags.format === 'json') output.json(layout)
      else if (flags.format === 'mermaid') output.data(toMermaid(layout).trimEnd())
      else if (flags.format === 'svg') output.data(toSvg(layout).trimEnd())
      else if (flags.format === 'text') output.data(graphText(layout))
      else {
        output.error(`stonks: there is no format "${flags.format}"; it takes mermaid, svg, text or json`)
        finish(EXIT.usage)
      }
    })
}

function urlOfRunning({ dataFolder }: Settings): string {
  const running = findRunning(dataFolder)
  if (running !== undefined) return running.url
  throw new CommandError(
    EXIT.missing,
    `nothing runs on ${dataFolder}`,
    'stonks start, or name a query API: stonks graph --live --url http://localhost:8000',
  )
}

async function askNumbers(url: string): Promise<Topology> {
  const address = `${url.replace(/\/$/, '')}/api/v1/topology`
  try {
    const response = await fetch(address)
    if (response.ok) return (await response.json()) as Topology
    throw new Error(`it answered ${response.status}`)
  } catch (error) {
    const cause = (error as Error).cause
    const reason = cause instanceof Error ? cause.message : (error as Error).message
    throw new CommandError(EXIT.outside, `no numbers from ${address}: ${reason}`, 'is it the query API?')
  }
}
