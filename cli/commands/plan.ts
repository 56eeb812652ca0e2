import { readFileSync, writeFileSync } from 'node:fs'
import { facetsLike, openPlan, type Plan, PlanFileError, sealPlan, stepsOf, unconfirmed } from '../../topology/index.ts'
import { CommandError, EXIT, type Output } from '../output.ts'
import { loadTopology } from '../runtime/load-topology.ts'
import { carryOut } from '../runtime/operations/carry-out.ts'
import { makePlan, sha256, type Wanted, wantedBy, worldOf } from '../runtime/operations/make-plan.ts'
import { type Operations, withOperations } from '../runtime/operations/open-operations.ts'
import { readRights } from '../runtime/operations/read-rights.ts'
import { rightsJson, rightsText } from './acls-text.ts'
import type { CommandPorts } from './command.ts'
import { changeText, movedText, planText } from './plan-text.ts'

interface PlanFlags {
  readonly out?: string
  readonly prune?: boolean
  readonly principalPrefix?: string
  readonly json?: boolean
}

interface ApplyFlags {
  readonly confirm?: readonly string[]
  readonly dryRun?: boolean
  readonly prune?: boolean
  readonly json?: boolean
}

/** `stonks plan` and `stonks apply`: the cluster and the registry as the topology wants them. */
export function planCommands({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('plan')
    .description('what would change on the cluster and in the registry, graded; changes nothing')
    .option('--out <file>', 'save the plan, for `stonks apply FILE`')
    .option('--prune', 'plan the deletion of topics and groups with our prefix that the topology does not know')
    .option(
      '--principal-prefix <prefix>',
      'tell what ACLs are missing or too many, of the principals named so: User:stonks-',
    )
    .option('--json', 'the plan as JSON')
    .addHelpText(
      'after',
      `
Exit code: 0 nothing to do, 6 changes pending, 1 something wanted cannot be done in place. ACLs are told, not changed: a plan
with --principal-prefix ends with 6 where some are missing; \`stonks acls --commands\` gives them.

Examples:
  KAFKA_BROKERS=localhost:9092 SCHEMA_REGISTRY_URL=http://localhost:8081 stonks plan --out change.plan
  stonks plan --principal-prefix User:stonks-
  stonks plan --json | jq '.data.changes[] | select(.grade != "safe")'`,
    )
    .action(async (flags: PlanFlags) => {
      const topology = loadTopology(settings(), output)
      const wanted = wantedBy(topology)
      const { plan, rights } = await withOperations(settings(), 'plan', async (ports) => ({
        plan: await makePlan(wanted, ports, flags.prune === true),
        rights:
          flags.principalPrefix === undefined
            ? undefined
            : await readRights(topology, flags.principalPrefix, ports.operations),
      }))
      if (flags.out !== undefined) save(flags.out, plan, settings().topologyFile, output)
      if (flags.json) output.json(rights === undefined ? plan : { ...plan, acls: rightsJson(rights) })
      else output.data([planText(plan), ...(rights === undefined ? [] : [rightsText(rights)])].join('\n\n'))
      const isPending = plan.changes.length > 0 || rights?.differences.some(({ missing }) => missing.length > 0)
      finish(plan.obstacles.length > 0 ? EXIT.answerIsNo : isPending ? EXIT.pending : EXIT.done)
    })
  program
    .command('apply')
    .description('carry out a saved plan exactly, or without one what is safe; twice changes nothing')
    .argument('[file]', 'plan of `stonks plan --out`')
    .option('--confirm <name>', 'name of a destructive change; once for each', collect, [])
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'what was done as JSON')
    .addHelpText(
      'after',
      `
A plan is refused where it was edited, or the cluster, the registry or the topology moved since. One that was stopped in the
middle is applied again: it goes on where it stopped.

Examples:
  stonks apply                                  everything that is safe
  stonks apply change.plan
  stonks apply change.plan --confirm stonks.signals`,
    )
    .action(async (file: string | undefined, flags: ApplyFlags) => {
      const wanted = wantedBy(loadTopology(settings(), output))
      await withOperations(settings(), 'apply', async (ports) => {
        const plan = file === undefined ? await safePlan(wanted, ports) : readPlan(file)
        await applyPlan(plan, wanted, ports, flags, output)
      })
      finish(EXIT.done)
    })
}

const collect = (name: string, before: readonly string[]): readonly string[] => [...before, name]

function save(file: string, plan: Plan, topology: string, output: Output): void {
  try {
    writeFileSync(file, sealPlan(plan, { at: new Date().toISOString(), topology }, sha256))
  } catch (error) {
    throw new CommandError(EXIT.missing, `the plan cannot be saved: ${(error as Error).message}`)
  }
  output.note(`saved to ${file}; carry it out with: stonks apply ${file}`)
}

function readPlan(file: string): Plan {
  try {
    return openPlan(readFileSync(file, 'utf8'), sha256)
  } catch (error) {
    if (error instanceof PlanFileError)
      throw new CommandError(EXIT.refused, `${file}: ${error.message}; nothing was done`, 'make it anew: stonks plan')
    throw new CommandError(EXIT.missing, `the plan ${file} cannot be read: ${(error as Error).message}`)
  }
}

/** A plan nobody has read may only hold what is safe. */
async function safePlan(wanted: Wanted, ports: Operations): Promise<Plan> {
  const plan = await makePlan(wanted, ports, false)
  const unsafe = plan.changes.filter(({ grade }) => grade !== 'safe')
  if (unsafe.length === 0) return plan
  throw new CommandError(
    EXIT.refused,
    `${unsafe.length} of ${plan.changes.length} changes are not safe (${unsafe.map(({ name }) => name).join(', ')}); nothing was done`,
    'read them first: stonks plan --out change.plan',
    'then: stonks apply change.plan',
  )
}

async function applyPlan(
  plan: Plan,
  wanted: Wanted,
  ports: Operations,
  flags: ApplyFlags,
  output: Output,
): Promise<void> {
  const steps = stepsOf(plan, facetsLike(await worldOf(wanted, ports), plan.world, wanted.digest))
  if (steps.moved.length > 0)
    throw new CommandError(
      EXIT.refused,
      `the world moved since the plan was made; nothing was done`,
      ...movedText(steps.moved),
      'plan again: stonks plan',
    )
  const missing = unconfirmed(steps.pending, flags.confirm ?? [])
  if (missing.length > 0 && !flags.dryRun)
    throw new CommandError(
      EXIT.refused,
      `${missing.join(', ')}: what is destroyed has to be named; nothing was done`,
      `type ${missing.map((name) => `--confirm ${name}`).join(' ')}`,
    )
  const pending = flags.dryRun ? [] : steps.pending
  refuseWithoutRegistry(pending, ports)
  await carryOut(pending, ports, (change, index) =>
    output.note(`${index + 1} of ${pending.length}: ${changeText(change).split('\n')[0]}`),
  )
  const names = (changes: Plan['changes']) => changes.map(({ name, what }) => ({ name, what }))
  if (flags.json) output.json({ done: names(pending), were_done: names(steps.done), obstacles: plan.obstacles })
  else output.data(endText(steps.pending.length, steps.done.length, plan, flags.dryRun === true))
}

/** Before anything is done: a plan is not left half done for a setting. */
function refuseWithoutRegistry(pending: Plan['changes'], { registry }: Operations): void {
  const subjects = pending.filter(({ action }) => 'subject' in action)
  if (registry !== undefined || subjects.length === 0) return
  throw new CommandError(
    EXIT.usage,
    `the plan changes subjects (${subjects.length} changes), and SCHEMA_REGISTRY_URL is not set; nothing was done`,
    'set it to the registry that the plan was made for',
  )
}

function endText(pending: number, done: number, plan: Plan, isDry: boolean): string {
  const before = done > 0 ? ` ${done} had been made before.` : ''
  const left = plan.obstacles.length > 0 ? ` ${plan.obstacles.length} cannot be done in place: stonks plan.` : ''
  if (isDry) return `Would make ${pending} change${pending === 1 ? '' : 's'}.${before}${left} Nothing was changed.`
  if (pending === 0) return `Nothing to do.${before}${left}`
  return `Made ${pending} change${pending === 1 ? '' : 's'}.${before}${left}`
}
