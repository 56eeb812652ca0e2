#!/usr/bin/env node
// npm test [-- filter…]: every check that this machine can run, then what each took and what could not run.
// npm run test:analytics [-- filter…]: the tests against the metastore and Trino, which take too long for the former.
// A filter goes to vitest. With STONKS_CI=1 a check that cannot run is a failure.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { env24, installPackages, node24, root } from './node24.mjs'

const ci = process.env.STONKS_CI === '1'
const analytics = process.argv[2] === '--analytics'
const filters = process.argv.slice(analytics ? 3 : 2)
/** What the analytics tests need; for the others all parts are installed. */
const analyticsParts = ['minio', 'kafka', 'registry', 'redis', 'postgres', 'hive', 'trino']
const reports = join(root, '.cache', 'reports')
const STEP_TIMEOUT_MS = 45 * 60_000

/** What ran: `passed`, `failed` or `not run`, with a note on what to do. */
const steps = []
const tests = { passed: 0, failed: 0, skipped: 0 }
const running = new Set()
let stopped = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopped = true
    for (const child of running) child.kill(signal)
    process.exitCode = 130
  })
}

const node = timed('set-up', () => {
  const found = node24()
  installPackages(found)
  return found
})
const env = env24(node)
const tool = (name) => join(root, 'node_modules', '.bin', name)

const install = beginInstall(analytics ? analyticsParts : [])
if (analytics) {
  await step('install', () => installed(install))
  await step('analytics', () => vitest('analytics'))
} else await allChecks()
summarise()

async function allChecks() {
  await step('biome', () => ran(tool('biome'), ['check']))
  await step('types', () => ran(tool('tsc'), ['-p', '.']))
  await step('generate', generated)
  // A developer wants the quick answer first; CI wants every part there before the first test.
  if (ci) await step('install', () => installed(install))
  await step('unit', () => vitest('unit'))
  if (!ci) await step('install', () => installed(install))
  await step('services', () => vitest('services'))
}

/** Runs one check and keeps its result and the time it took. */
async function step(name, check) {
  if (stopped) return
  process.stdout.write(`\n== ${name}\n`)
  const startedMs = performance.now()
  const result = await check()
  steps.push({ name, tookMs: performance.now() - startedMs, ...result })
}

function timed(name, work) {
  const startedMs = performance.now()
  const result = work()
  steps.push({ name, tookMs: performance.now() - startedMs, status: 'passed' })
  return result
}

async function ran(command, args) {
  const status = await exitOf(command, args)
  return status === 0 ? { status: 'passed' } : { status: 'failed', note: `exit ${status}` }
}

/** What is generated must be what is committed. */
async function generated() {
  const script = 'bin/generate.mjs'
  const before = gitState()
  if (before === undefined) return { status: 'not run', note: 'needs a git checkout, to see what changes' }
  const result = await ran(node, [join(root, script)])
  if (result.status !== 'passed') return result
  const after = gitState()
  if (after?.text === before.text) return { status: 'passed' }
  return { status: 'failed', note: `npm run generate changes files: run it and commit them\n${after?.files}` }
}

function gitState() {
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
  const files = git('status', '--porcelain', '--untracked-files=all')
  if (files.status !== 0) return undefined
  return { files: files.stdout, text: files.stdout + git('diff').stdout }
}

/** Starts bringing the real parts here, quietly and behind everything else, while the first checks run. */
function beginInstall(parts) {
  const child = spawn(node, [join(root, 'test/services/install.ts'), ...parts], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  track(child)
  if (child.pid !== undefined) setPriority(child.pid, 10)
  let text = ''
  const keep = (chunk) => {
    text += chunk
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: 4, text: error.message }))
    child.on('close', (status) => resolve({ status: status ?? 4, text }))
  })
}

async function installed(outcome) {
  const { status, text } = await outcome
  process.stdout.write(text)
  if (status === 0) return { status: 'passed' }
  const failed = [...text.matchAll(/^(\S+)\s+failed /gm)].map((match) => match[1]).join(', ')
  const note = `${failed || 'parts'} could not be installed, tests that need them are skipped: see "== install" above`
  return { status: ci ? 'failed' : 'not run', note }
}

async function vitest(project) {
  mkdirSync(reports, { recursive: true })
  const report = join(reports, `${project}.json`)
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const entry = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [entry, 'run', '--project', project, '--passWithNoTests', ...reporters, ...filters]
  const result = await ran(node, args)
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {}
  tests.passed += counts.numPassedTests ?? 0
  tests.failed += counts.numFailedTests ?? 0
  tests.skipped += (counts.numPendingTests ?? 0) + (counts.numTodoTests ?? 0)
  return { ...result, note: `${counts.numPassedTests ?? 0} of ${counts.numTotalTests ?? 0} tests passed` }
}

/** Its exit status; 1 where it was ended by a signal or cannot be started. */
function exitOf(command, args) {
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: STEP_TIMEOUT_MS,
  })
  track(child)
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`)
      resolve(1)
    })
    child.on('close', (status) => resolve(status ?? 1))
  })
}

function track(child) {
  running.add(child)
  child.on('close', () => running.delete(child))
}

function summarise() {
  process.stdout.write('\n== summary\n')
  for (const { name, status, tookMs, note } of steps) {
    process.stdout.write(
      `${name.padEnd(10)} ${status.padEnd(8)} ${(tookMs / 1000).toFixed(1).padStart(7)} s${note ? `  ${note}` : ''}\n`,
    )
  }
  const wrong = steps.filter(({ status, harmless }) => status === 'failed' || (ci && status === 'not run' && !harmless))
  if (wrong.length > 0) process.stdout.write(`failed: ${wrong.map(({ name }) => name).join(', ')}\n`)
  const shared = process.env.STONKS_SHARED ?? join(root, '..', 'shared')
  if (!existsSync(join(shared, 'data'))) {
    process.stdout.write(
      `not run: tests over recorded posts and filings; name the folder that holds data/ with STONKS_SHARED\n`,
    )
  }
  process.stdout.write(`\n${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped\n`)
  process.exitCode ||= wrong.length > 0 ? 1 : 0
}
