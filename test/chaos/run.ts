// npm run chaos -- [--faults 300] [--seed 1]: engines and brokers are hurt while numbers flow, then everything is checked.
import { parseArgs } from 'node:util'
import { runChaos } from './run-chaos.ts'

const { values } = parseArgs({
  options: { faults: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } },
})
const startedMs = performance.now()
const tell = (line: string): void =>
  console.log(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)} s  ${line}`)
const result = await runChaos({ faults: Number(values.faults), seed: Number(values.seed), tell })
for (const one of result.violations) console.log(one)
const { faults, numbers, meanwhile, violations } = result
console.log(`${faults} faults, ${numbers} numbers, ${meanwhile} totals meanwhile, ${violations.length} violations`)
process.exitCode = result.violations.length > 0 ? 1 : 0
