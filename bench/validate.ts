// What `stonks validate` costs: 500 processors with 500 stores and 501 topics, twice: without a mistake, and with one in every
// tenth node. Cold is a process of its own, warm the same process again. `node bin/with-node24.mjs bench/validate.ts [--json]`
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkFile } from '../cli/runtime/load-topology.ts'
import { PROJECT_FOLDER, readSettings } from '../cli/settings.ts'

const NODES = 500
const RUNS = 7
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

function topology(mistakeEvery: number): string {
  const each = (line: (n: number) => string): string => Array.from({ length: NODES }, (_, n) => line(n)).join('\n')
  const isWrong = (n: number): boolean => mistakeEvery > 0 && n % mistakeEvery === 0
  return `version: 1
name: large
schemas: { directory: ${join(PROJECT_FOLDER, 'schemas/avro')} }
topics:
  t0: { key: string, value: Recommendation, partitions: 12 }
${each((n) => `  t${n + 1}: { key: string, value: Recommendation, partitions: 12, retention: 7d }`)}
stores:
${each((n) => `  s${n}: { type: kv, ttl: 30d }`)}
processors:
${each(
  (n) => `  p${n}:
    run: window_aggregate
    from: ${isWrong(n) ? `tt${n}` : `t${n}`}
    window: { tumbling: 1m, grace: 5s }
    state: s${n}
    to: t${n + 1}
    with: { by: symbol, key_field: symbol, figures: { n: count } }`,
)}
`
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

interface Row {
  readonly what: string
  readonly wall_ms: number
  readonly cpu_ms: number
  readonly target_ms: number
}
interface Run {
  readonly mistakes: number
  readonly wallMs: number
  readonly cpuMs: number
}

/** The medians of so many runs, each of which has to find what there is. */
function rowOf(what: string, wanted: number, run: () => Run): Row {
  const runs = Array.from({ length: RUNS }, run)
  const wrong = runs.find(({ mistakes }) => mistakes !== wanted)
  if (wrong !== undefined) throw new Error(`${what}: ${wrong.mistakes} mistakes, there are ${wanted}`)
  const of = (pick: (run: Run) => number): number => Math.round(median(runs.map(pick)))
  return {
    what: `${what}, ${wanted} mistakes`,
    wall_ms: of(({ wallMs }) => wallMs),
    cpu_ms: of(({ cpuMs }) => cpuMs),
    target_ms: 300,
  }
}

function warm(file: string, settings: ReturnType<typeof readSettings>): Run {
  const [startedMs, before] = [performance.now(), process.cpuUsage()]
  const mistakes = checkFile(file, settings).diagnostics.filter((d) => d.severity === 'error').length
  const { user, system } = process.cpuUsage(before)
  return { mistakes, wallMs: performance.now() - startedMs, cpuMs: (user + system) / 1000 }
}

/** A process of its own, which tells its processor time with its last word. */
function cold(file: string): Run {
  const code = `process.on('exit',()=>{const{user,system}=process.cpuUsage();process.stderr.write('\\ncpu '+(user+system)/1000)});
process.argv=[process.argv[0],'stonks','-t',${JSON.stringify(file)},'validate','--json'];await import(${JSON.stringify(join(PROJECT_FOLDER, 'cli/main.ts'))})`
  const startedMs = performance.now()
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  const wallMs = performance.now() - startedMs
  const { data } = JSON.parse(stdout) as { readonly data: readonly { readonly severity: string }[] }
  const mistakes = data.filter((d) => d.severity === 'error').length
  return { mistakes, wallMs, cpuMs: Number(/cpu (\S+)/.exec(stderr)?.[1]) }
}

const folder = mkdtempSync(join(tmpdir(), 'bench-validate-'))
try {
  const rows: Row[] = []
  for (const every of [0, 10]) {
    const file = join(folder, `every-${every}.yaml`)
    writeFileSync(file, topology(every))
    const wanted = every === 0 ? 0 : NODES / every
    const settings = readSettings({ STONKS_TOPOLOGY: file })
    warm(file, settings)
    rows.push(
      rowOf('cold', wanted, () => cold(file)),
      rowOf('warm', wanted, () => warm(file, settings)),
    )
  }
  if (values.json) console.log(JSON.stringify(rows))
  else
    for (const row of rows)
      console.log(`${row.what}: ${row.wall_ms} ms, ${row.cpu_ms} ms of processor; target ${row.target_ms} ms`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
