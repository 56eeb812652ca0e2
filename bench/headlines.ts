import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTone } from '../processors/index.ts'

/** Macro-F1 per entity of the rules on labelled headlines: `node bench/headlines.ts`. */
const folder = process.env['STONKS_SHARED'] ?? '../shared'
const path = join(folder, 'data/sentiment/headlines-dev.jsonl')
const NEUTRAL_BELOW = 0.2
const LABELS = ['positive', 'neutral', 'negative'] as const
type Label = (typeof LABELS)[number]

if (!existsSync(path))
  throw new Error(`no labelled headlines at ${path}; set STONKS_SHARED to the folder that holds data/`)
const counts = new Map<string, number>()
let entities = 0
for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
  const { title, entities: labels } = JSON.parse(line) as { title: string; entities: Record<string, Label> }
  const named = Object.keys(labels).flatMap((name) => {
    const start = title.toLowerCase().indexOf(name.toLowerCase())
    return [{ company: name, start: Math.max(0, start), end: Math.max(0, start) + name.length }]
  })
  const tone = readTone(title, named)
  for (const [name, gold] of Object.entries(labels)) {
    const x = tone.get(name) ?? 0
    const guess: Label = x >= NEUTRAL_BELOW ? 'positive' : x <= -NEUTRAL_BELOW ? 'negative' : 'neutral'
    counts.set(`${gold} ${guess}`, (counts.get(`${gold} ${guess}`) ?? 0) + 1)
    entities += 1
    if (process.argv.includes('--errors') && guess !== gold) console.log(`${gold}\t${guess}\t${name}\t${title}`)
  }
}
const at = (gold: string, guess: string) => counts.get(`${gold} ${guess}`) ?? 0
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const scores = LABELS.map((label) => {
  const precision = at(label, label) / Math.max(1, sum(LABELS.map((gold) => at(gold, label))))
  const recall = at(label, label) / Math.max(1, sum(LABELS.map((guess) => at(label, guess))))
  console.log(`${label.padEnd(9)} precision ${precision.toFixed(3)} recall ${recall.toFixed(3)}`)
  return (2 * precision * recall) / Math.max(1e-9, precision + recall)
})
console.log(
  `entities ${entities} macro-F1 ${(sum(scores) / 3).toFixed(3)} accuracy ${(sum(LABELS.map((l) => at(l, l))) / entities).toFixed(3)}`,
)
