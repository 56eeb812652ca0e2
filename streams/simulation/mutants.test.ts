import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { BrokerFlaws } from './broker/sim-broker.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import { simulate } from './simulate.ts'

const SEEDS_MAX = 2_000
const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'mutants-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A copy of the engine with the mistake in it. */
function mutated({ edits }: Mutant, number: number): string {
  const copy = join(folder, String(number))
  cpSync(join(root, 'streams'), join(copy, 'streams'), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts'),
  })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }')
  for (const { file, find, replace } of edits) {
    const path = join(copy, 'streams', file)
    const text = readFileSync(path, 'utf8')
    expect(text.split(find).length - 1, `${file} has this once: ${find}`).toBe(1)
    writeFileSync(
      path,
      text.replace(find, () => replace),
    )
  }
  return copy
}

describe(`a mistake in the engine is noticed within ${SEEDS_MAX} histories`, () => {
  test.each(MUTANTS.map((mutant, number) => ({ ...mutant, number })))('$mistake', { timeout: 240_000 }, (mutant) => {
    const run = join(mutated(mutant, mutant.number), 'streams/simulation/run.ts')
    const look = (...args: readonly string[]) =>
      spawnSync(process.execPath, [run, ...args, '--stop-at-first'], { encoding: 'utf8', timeout: 230_000 })
    const there = look('--from', String(mutant.seed), '--seeds', '1')
    const { stdout, stderr, status } = there.status === 0 ? look('--seeds', String(SEEDS_MAX)) : there
    expect(stderr).toBe('')
    expect(status, stdout).toBe(1)
    expect(stdout).toMatch(/^seed \d+: /)
  })
})

describe(`a broker that does not keep Kafka's promises is noticed within ${SEEDS_MAX} histories`, () => {
  test.each<{ flaw: keyof BrokerFlaws }>([
    { flaw: 'unstableOffsets' },
    { flaw: 'anyGeneration' },
    { flaw: 'dirtyReads' },
  ])('$flaw', { timeout: 240_000 }, async ({ flaw }) => {
    let seed = 1
    while ((await simulate(seed, { flaws: { [flaw]: true } })).violations.length === 0) {
      seed += 1
      expect(seed).toBeLessThanOrEqual(SEEDS_MAX)
    }
  })
})
