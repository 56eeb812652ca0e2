// npm run bench: the figures of the whole system on the embedded default, each beside its target.
// Recordings and labelled sets are read from ../shared, or the folder STONKS_SHARED names; without it those rows are left out.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Row {
  readonly what: string
  readonly target: string
  readonly measured: string
  readonly met: boolean
}

const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'bin', 'stonks.mjs')
const shared = resolve(process.env['STONKS_SHARED'] ?? join(root, '..', 'shared'))
const recording = join(shared, 'data', 'recordings', 'stocknet-2015q3')
const rows: Row[] = []
const PORT = 18_000
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** A folder that the embedded PostgreSQL may enter, which does not run as root. */
function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stonks-bench-'))
  chmodSync(folder, 0o755)
  return folder
}

async function withStart<T>(
  flags: readonly string[],
  work: (child: ChildProcess, startedMs: number, folder: string) => Promise<T>,
): Promise<T> {
  const folder = openFolder()
  const startedMs = performance.now()
  const child = spawn(process.execPath, [main, '--data', folder, 'start', '--port', String(PORT), ...flags], {
    stdio: 'ignore',
  })
  try {
    return await work(child, startedMs, folder)
  } finally {
    child.kill('SIGTERM')
    await new Promise((done) => child.once('exit', done))
    rmSync(folder, { recursive: true, force: true })
  }
}

async function firstOf(child: ChildProcess, path: string): Promise<number> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`stonks start ended with ${child.exitCode}`)
    try {
      const answer = (await (await fetch(`http://127.0.0.1:${PORT}/api/v1/${path}?limit=1`)).json()) as {
        items?: unknown[]
      }
      if ((answer.items?.length ?? 0) > 0) return performance.now()
    } catch {
      // Not listening yet.
    }
    await sleep(20)
  }
}

async function benchStart(): Promise<void> {
  await withStart([], async (child, startedMs) => {
    const document = ((await firstOf(child, 'documents')) - startedMs) / 1000
    const recommendation = ((await firstOf(child, 'recommendations')) - startedMs) / 1000
    rows.push({
      what: 'npm start, set up: first document served',
      target: '≤ 3 s',
      measured: `${document.toFixed(1)} s`,
      met: document <= 3,
    })
    rows.push({
      what: 'npm start, set up: first recommendation served',
      target: '≤ 10 s',
      measured: `${recommendation.toFixed(1)} s`,
      met: recommendation <= 10,
    })
  })
}

/** Resident memory and processor time of a process, from /proc; undefined where there is none. */
function usageOf(pid: number): { readonly rssBytes: number; readonly cpuSeconds: number } | undefined {
  if (!existsSync(`/proc/${pid}/stat`)) return undefined
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { rssBytes: Number(rss) * 1024, cpuSeconds: (Number(stat[11]) + Number(stat[12])) / ticks }
}

async function benchIdle(): Promise<void> {
  await withStart(['--speed', 'max'], async (child, _startedMs, folder) => {
    await firstOf(child, 'recommendations')
    await sleep(20_000)
    const running = JSON.parse(readFileSync(join(folder, 'market-day', 'running.json'), 'utf8')) as { pid: number }
    const before = usageOf(running.pid)
    await sleep(20_000)
    const after = usageOf(running.pid)
    if (!before || !after) return
    const share = (after.cpuSeconds - before.cpuSeconds) / 20
    const mb = after.rssBytes / 1e6
    rows.push({ what: 'idle npm start: memory', target: '≤ 400 MB', measured: `${mb.toFixed(0)} MB`, met: mb <= 400 })
    rows.push({
      what: 'idle npm start: processor',
      target: '≤ 3 % of a core',
      measured: `${(share * 100).toFixed(1)} %`,
      met: share <= 0.03,
    })
  })
}

interface BatchResult {
  readonly documents: number
  readonly seconds: number
  readonly peak_rss_bytes: number
  readonly recommendations_sha256: string
  readonly orders_sha256: string
}

function runRecording(): BatchResult {
  const folder = openFolder()
  try {
    const args = [main, '--data', folder, 'start', '--recording', recording, '--speed', 'max', '--exit', '--json']
    const out = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return JSON.parse(out.trim().split('\n').at(-1) ?? '{}') as BatchResult
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function benchRecording(): void {
  const runs = [runRecording(), runRecording(), runRecording()]
  const rates = runs.map((r) => r.documents / r.seconds).sort((a, b) => a - b)
  const rss = Math.max(...runs.map((r) => r.peak_rss_bytes)) / 1e6
  const same = new Set(runs.map((r) => r.recommendations_sha256 + r.orders_sha256)).size === 1
  const rate = rates[1] ?? 0
  rows.push({
    what: 'recording, embedded, whole chain (median of 3)',
    target: '≥ 2,000 documents/s',
    measured: `${rate.toFixed(0)} documents/s${same ? '' : ', DISQUALIFIED: results differ'}`,
    met: same && rate >= 2_000,
  })
  rows.push({
    what: 'recording, embedded: peak memory',
    target: '≤ 600 MB',
    measured: `${rss.toFixed(0)} MB`,
    met: rss <= 600,
  })
}

await benchStart()
await benchIdle()
if (existsSync(recording)) benchRecording()
else console.error(`no recording at ${recording}: name its folder with STONKS_SHARED`)
console.log('| what | target | measured | met |\n|---|---|---|---|')
for (const row of rows) console.log(`| ${row.what} | ${row.target} | ${row.measured} | ${row.met ? 'yes' : 'no'} |`)
