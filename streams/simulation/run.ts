import { parseArgs } from 'node:util'
import { type Outcome, simulate } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    'stop-at-first': { type: 'boolean', default: false },
  },
})

if (values.seed !== undefined) await tellOne(Number(values.seed), values.trace)
else await runMany(Number(values.from), Number(values.seeds), values['stop-at-first'])

async function tellOne(seed: number, withTrace: boolean): Promise<void> {
  const outcome = await simulate(seed, withTrace ? { tell: (line) => console.log(line) } : {})
  report(outcome)
  console.log(`seed ${seed}, ${outcome.faults} faults, ${outcome.violations.length} violations`)
  process.exitCode = outcome.violations.length > 0 ? 1 : 0
}

async function runMany(from: number, count: number, stopAtFirst: boolean): Promise<void> {
  let [seeds, faults, violations] = [0, 0, 0]
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await simulate(seed)
    // Lets signals and rejections nobody handled come through.
    await new Promise((resolve) => setImmediate(resolve))
    seeds += 1
    faults += outcome.faults
    violations += outcome.violations.length
    if (outcome.violations.length === 0) continue
    report(outcome)
    if (stopAtFirst) break
  }
  console.log(`${seeds} seeds, ${faults} faults, ${violations} violations`)
  process.exitCode = violations > 0 ? 1 : 0
}

function report({ seed, violations }: Outcome): void {
  if (violations.length === 0) return
  for (const one of violations) console.log(`seed ${seed}: ${one}`)
  console.log(`replay: npm run simulate -- --seed ${seed} --trace`)
}
