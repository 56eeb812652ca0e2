import type { Command } from 'commander'
import type { Graph, LogDriver, SinkSpec } from '../../streams/index.ts'
import { CommandError, EXIT, grouped, type Output } from '../output.ts'
import { isReplayable, type Letter, type LetterFilter, matches } from '../runtime/dead-letters/letter.ts'
import { dealWith, letterBoxOf, openLetters } from '../runtime/dead-letters/letter-box.ts'
import type { CommandPorts } from './command.ts'
import { type FilterFlags, filterOf, nodesOf, REPLAYS_MAX, withFilters, withLog } from './dlq-flags.ts'

const MAX = 1_000

interface DealFlags extends FilterFlags {
  readonly max: string
  readonly maxReplays: string
  readonly dryRun?: boolean
  readonly confirm?: string
  readonly json?: boolean
}

/** `dlq replay` and `dlq discard`. */
export function dealCommands(dlq: Command, ports: CommandPorts): void {
  const replay = dlq.command('replay').description('write records of dead letters back to where they lay')
  withDeal(replay)
    .option('--max-replays <n>', 'leave out what was replayed so often already', String(REPLAYS_MAX))
    .addHelpText(
      'after',
      `
A record goes back to its own partition with its own time and key, and every node that reads that topic gets it again. With
exactly_once each batch is written and remembered in one transaction: killed, the same command goes on, and nothing comes twice.

Examples:
  stonks dlq replay extract --code DESERIALIZATION --dry-run
  stonks dlq replay extract --code DESERIALIZATION --confirm 1204`,
    )
    .action((node: string, flags: DealFlags) => deal(ports, node, flags, true))
  withDeal(
    dlq
      .command('discard')
      .description('count dead letters as dealt with; their topic keeps them as long as it keeps all'),
  )
    .addHelpText('after', '\nExample:\n  stonks dlq discard extract --message "no such company" --confirm 37')
    .action((node: string, flags: Omit<DealFlags, 'maxReplays'>) =>
      deal(ports, node, { ...flags, maxReplays: '0' }, false),
    )
}

const withDeal = (command: Command): Command =>
  withFilters(command.argument('<node>', 'the node whose letters they are'))
    .option('--max <n>', 'no more than so many, the oldest first', String(MAX))
    .option('--dry-run', 'say how many, and do nothing')
    .option('--confirm <count>', 'how many there are, as the dry run says: without it nothing is done')
    .option('--json', 'what was done as JSON')

function countOf(text: string, name: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new CommandError(EXIT.usage, `${name} is ${JSON.stringify(text)}`, 'it takes a whole number')
}

async function deal(ports: CommandPorts, node: string, flags: DealFlags, isReplay: boolean): Promise<void> {
  const [max, maxReplays] = [countOf(flags.max, '--max'), countOf(flags.maxReplays, '--max-replays')]
  const filter = filterOf(flags)
  await withLog(ports, 'deal', async ({ graph, driver }) => {
    nodesOf(graph, [node])
    const box = letterBoxOf(graph, node)
    // Opened before it is read what is dealt with: from here on nobody else's replay can commit. Who only asks how many
    // there are stops nobody's.
    const isAsked = flags.dryRun || flags.confirm === undefined
    const producer = isAsked ? undefined : await openProducer(driver, graph, node, box.group)
    try {
      const choice = new Choice({ filter, max, maxReplays, isReplay })
      const opened = await openLetters(driver, box, (letter) => choice.see(letter))
      const { chosen } = choice
      const { letters } = chosen
      const isMeant = flags.confirm !== undefined && countOf(flags.confirm, '--confirm') === letters.length
      const goes = producer !== undefined && isMeant && letters.length > 0
      if (goes)
        await dealWith(producer, box, opened, letters, {
          replay: isReplay,
          done: progress(ports.output, letters.length),
        })
      report(ports.output, { node, flags, chosen, isReplay, isDone: goes, others: readersBeside(graph, node, letters) })
      ports.finish(goes || flags.dryRun || letters.length === 0 ? EXIT.done : EXIT.refused)
    } finally {
      await producer?.close()
    }
  })
}

/** Of a name of its own, so that of two at once one is fenced. */
function openProducer(driver: LogDriver, graph: Graph, node: string, group: string) {
  const wanted = graph.nodes[node]
  const strongest = driver.capabilities.guarantees.includes('exactly_once') ? 'exactly_once' : 'at_least_once'
  const guarantee = wanted === undefined || wanted.kind === 'sink' ? strongest : wanted.guarantee
  return driver.producer({ guarantee, transactionalId: `${group}.deal` })
}

interface Chosen {
  readonly letters: readonly Letter[]
  /** Left out: not to be replayed, or replayed too often. */
  readonly withoutOrigin: number
  readonly tooOften: number
  /** More than `max`. */
  readonly left: number
}

interface ChoiceRules {
  readonly filter: LetterFilter
  readonly max: number
  readonly maxReplays: number
  readonly isReplay: boolean
}

/** Keeps the first `max` letters that are to be dealt with, and counts the others. */
class Choice {
  readonly #rules: ChoiceRules
  readonly #letters: Letter[] = []
  #withoutOrigin = 0
  #tooOften = 0
  #left = 0

  constructor(rules: ChoiceRules) {
    this.#rules = rules
  }

  see(letter: Letter): void {
    const { filter, max, maxReplays, isReplay } = this.#rules
    if (!matches(letter, filter)) return
    if (isReplay && letter.origin === undefined) this.#withoutOrigin += 1
    else if (isReplay && !isReplayable(letter, maxReplays)) this.#tooOften += 1
    else if (this.#letters.length < max) this.#letters.push(letter)
    else this.#left += 1
  }

  get chosen(): Chosen {
    return {
      letters: this.#letters,
      withoutOrigin: this.#withoutOrigin,
      tooOften: this.#tooOften,
      left: this.#left,
    }
  }
}

/** Nodes that read the same topics and get the records again, though they had them. */
function readersBeside(graph: Graph, node: string, letters: readonly Letter[]): readonly string[] {
  const topics = new Set(letters.flatMap(({ origin }) => origin?.topic ?? []))
  const reads = (names: readonly string[]): boolean =>
    names.some((name) => topics.has(graph.topics[name]?.topic ?? name))
  return Object.values(graph.nodes).flatMap((one) => {
    if (one.kind === 'source' || one.name === node) return []
    return reads(one.kind === 'sink' ? (one as SinkSpec).from : [...one.from, ...one.broadcast]) ? [one.name] : []
  })
}

function progress(output: Output, total: number): (count: number) => void {
  let told = 0
  return (count) => {
    if (count < total && count - told < total / 10) return
    told = count
    output.note(`${grouped(count)} of ${grouped(total)}`)
  }
}

interface Report {
  readonly node: string
  readonly flags: DealFlags
  readonly chosen: Chosen
  readonly isReplay: boolean
  readonly isDone: boolean
  readonly others: readonly string[]
}

function report(output: Output, { node, flags, chosen, isReplay, isDone, others }: Report): void {
  const { letters, withoutOrigin, tooOften, left } = chosen
  const count = letters.length
  if (flags.json) {
    output.json({ node, done: isDone, count, left, without_origin: withoutOrigin, replayed_too_often: tooOften })
    return
  }
  const verb = isReplay ? (isDone ? 'Replayed' : 'Would replay') : isDone ? 'Discarded' : 'Would discard'
  output.data(`${verb} ${grouped(count)} dead letter${count === 1 ? '' : 's'} of ${node}.`)
  if (isReplay && others.length > 0 && count > 0)
    output.note(
      `${others.join(', ')} ${others.length === 1 ? 'reads the same topics, and gets' : 'read the same topics, and get'} them again`,
    )
  if (withoutOrigin > 0) output.note(`${grouped(withoutOrigin)} have no record to replay: a timer's, or of a source`)
  if (tooOften > 0)
    output.note(
      `${grouped(tooOften)} were replayed ${flags.maxReplays} times already: mend the cause, then --max-replays`,
    )
  if (left > 0) output.note(`${grouped(left)} more match: --max`)
  if (isDone || flags.dryRun || count === 0) return
  const wrong =
    flags.confirm === undefined
      ? 'nothing was changed'
      : `nothing was changed: there are ${count}, not ${flags.confirm}`
  output.error(`stonks: ${wrong}\n  = help: to do it, add --confirm ${count}`)
}
