// node test/services/install.ts [part…]: brings the real parts onto this machine: those of `npm test` unless named.
import { installParts, type Outcome } from './install-parts.ts'
import { analyticsParts, parts } from './parts.ts'

const names = process.argv.slice(2)
const all = [...parts, ...analyticsParts]
const unknown = names.filter((name) => !all.some((part) => part.name === name))
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}. There are: ${all.map((part) => part.name).join(', ')}`)
  process.exit(2)
}
const wanted = names.length === 0 ? parts : all.filter((part) => names.includes(part.name))
// Ending by exit() ends the builds too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
const outcomes = await installParts(wanted, (outcome) => console.log(line(outcome)))
process.exitCode = outcomes.some((outcome) => outcome.how === 'failed') ? 4 : 0

function line({ part, how, tookMs, reason }: Outcome): string {
  const head = `${part.name.padEnd(12)} ${how.padEnd(10)} ${(tookMs / 1000).toFixed(1).padStart(6)} s  ${part.version}`
  return reason === undefined ? head : `${head}\n  ${reason}\n  What to do: ${part.otherwise}`
}
