// npm run conserve -- [--rounds 20] [--seed 1]: bridges and their Redis are hurt between commands, then everything is counted.
import { parseArgs } from 'node:util'
import { openService } from '../services/index.ts'
import { drawFaults, runConservation } from './run-conservation.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
})
const FAULTS_A_ROUND = 10
const [rounds, seed] = [Number(values.rounds), Number(values.seed)]
const kafka = await openService('kafka')
const { brokers } = kafka.endpoint
let [items, cut, violations] = [0, 0, 0]
try {
  for (let round = 0; round < rounds; round++) {
    const faults = drawFaults(seed + round, FAULTS_A_ROUND)
    const results = await Promise.all(
      (['in', 'out'] as const).map((direction) =>
        runConservation({ direction, name: `conserve-${direction}-${seed + round}`, brokers, faults }),
      ),
    )
    for (const result of results) {
      items += result.items
      cut += result.cut
      violations += result.violations.length
      for (const one of result.violations) console.log(`seed ${seed + round}: ${one}`)
    }
    console.log(
      `seed ${seed + round}: ${results.map((result) => `${result.items} items, ${result.cut} cut`).join('; ')}`,
    )
  }
} finally {
  await kafka.stop()
}
console.log(`${rounds * FAULTS_A_ROUND * 2} lives, ${cut} cut, ${items} items, ${violations} violations`)
process.exitCode = violations > 0 ? 1 : 0
