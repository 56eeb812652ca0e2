import type { Graph, LogDriver } from '../../streams/index.ts'
import { CommandError, EXIT } from '../output.ts'
import { Causes } from '../runtime/dead-letters/causes.ts'
import { type Letter, matches } from '../runtime/dead-letters/letter.ts'
import { letterBoxOf, openLetters } from '../runtime/dead-letters/letter-box.ts'
import type { CommandPorts } from './command.ts'
import { dealCommands } from './dlq-deal.ts'
import { type FilterFlags, filterOf, nodesOf, offsetOf, REPLAYS_MAX, withFilters, withLog } from './dlq-flags.ts'
import { causesText, letterJson, letterText, readValue } from './dlq-text.ts'

/** `stonks dlq`: dead letters by cause, one of them, and what is to become of them. */
export function dlqCommands(ports: CommandPorts): void {
  const dlq = ports.program.command('dlq').description('dead letters: what failed and why, and again or away with it')
  const list = dlq
    .command('list')
    .description('dead letters that are not dealt with, by cause')
    .argument('[nodes...]', 'nodes; all unless given')
  withFilters(list)
    .option('--json', 'causes as JSON')
    .addHelpText(
      'after',
      `
Examples:
  stonks dlq list
  stonks dlq list extract --since -2h --code DESERIALIZATION`,
    )
    .action(async (nodes: string[], flags: FilterFlags & { json?: boolean }) => {
      const filter = filterOf(flags)
      const causes = new Causes(REPLAYS_MAX)
      await withLog(ports, 'look', async ({ graph, driver }) => {
        for (const node of nodesOf(graph, nodes))
          await openLetters(driver, letterBoxOf(graph, node), (letter) => {
            if (matches(letter, filter)) causes.add(letter)
          })
      })
      const { text, json } = causesText(causes)
      if (flags.json) ports.output.json(json)
      else ports.output.data(text)
      ports.finish(EXIT.done)
    })
  dlq
    .command('show')
    .description('one dead letter: where it came from, why it failed, its value')
    .argument('<node>')
    .argument('<offset>', 'its offset, as list and the dead-letter topic tell it')
    .option('--json', 'the letter as JSON')
    .action(async (node: string, offset: string, flags: { json?: boolean }) => {
      const letter = await withLog(ports, 'look', ({ graph, driver }) => oneLetter(graph, driver, node, offset))
      const value = await readValue(letter, ports.settings())
      if (flags.json) ports.output.json(letterJson(letter, value))
      else ports.output.data(letterText(letter, value))
      ports.finish(EXIT.done)
    })
  dealCommands(dlq, ports)
}

async function oneLetter(graph: Graph, driver: LogDriver, name: string, offset: string): Promise<Letter> {
  const wanted = offsetOf(offset)
  const found: Letter[] = []
  const [node = name] = nodesOf(graph, [name])
  await openLetters(driver, letterBoxOf(graph, node), (letter) => {
    if (letter.offset === wanted) found.push(letter)
  })
  const [letter] = found
  if (letter !== undefined) return letter
  throw new CommandError(
    EXIT.missing,
    `${name} has no dead letter at offset ${offset}: there is none, it was dealt with, or retention took it`,
    `stonks dlq list ${name}`,
  )
}
