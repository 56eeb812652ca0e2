import { basename, join, resolve } from 'node:path'
import type { Account, OrderRequest, Recommendation, Signal } from '../../schemas/index.ts'
import type { InputRecord } from '../../streams/index.ts'
import { EXIT, grouped, mark, type Output } from '../output.ts'
import { type BatchResult, readBatchResult } from '../runtime/batch-result.ts'
import { thenClose } from '../runtime/close-all.ts'
import { createLogger } from '../runtime/log.ts'
import { markFinished, type Started, startAll } from '../runtime/start-all.ts'
import { untilStopped } from '../runtime/until-stopped.ts'
import { parsePort, parseSpeed, type Settings } from '../settings.ts'
import { VERSION } from '../version.ts'
import type { CommandPorts } from './command.ts'

const DRAIN_MS = 10_000

interface StartFlags {
  readonly recording?: string
  readonly speed?: string
  readonly exit?: boolean
  readonly json?: boolean
  readonly port?: string
}

/** `stonks start` and `stonks backtest`: the whole graph in this process on the embedded log. */
export function startCommand(ports: CommandPorts): void {
  const { program, output, finish } = ports
  program
    .command('start')
    .description('everything in this process, on a simulated market day or a recording')
    .option('--recording <folder>', 'news and prices to replay (STONKS_RECORDING); a simulated market day unless given')
    .option('--speed <factor>', 'how fast time passes, 60 unless given; max for as fast as it goes')
    .option('--exit', 'end when the recording has come to its end')
    .option('--json', 'with --exit: one last line of JSON with counts, equity and hashes')
    .option('--port <port>', 'where APIs and pages are served (PORT)')
    .action(async (flags: StartFlags) => {
      const settings = settingsOf(ports.settings(), flags)
      if (flags.exit) await runBatch(settings, output, flags.json === true)
      else await runLive(settings, output)
      finish(EXIT.done)
    })
  program
    .command('backtest')
    .description('the same graph over a recording, as fast as it goes, in event time; ends with counts and equity')
    .argument('<recording>', 'folder of the recording')
    .option('--json', 'the result as one line of JSON')
    .action(async (recording: string, flags: { json?: boolean }) => {
      await runBatch(settingsOf(ports.settings(), { recording, speed: 'max', exit: true }), output, flags.json === true)
      finish(EXIT.done)
    })
}

/** Each recording has a data folder of its own: two of them in one log would mix their times. */
function settingsOf(settings: Settings, flags: StartFlags): Settings {
  const recording = flags.recording ?? settings.env['STONKS_RECORDING']
  const isFolder = recording !== undefined && recording !== '' && recording !== 'market-day'
  const speed =
    flags.speed === undefined
      ? parseSpeed(settings.env['STONKS_SPEED'] || (flags.exit ? 'max' : '60'), 'STONKS_SPEED')
      : parseSpeed(flags.speed, '--speed')
  const port = flags.port === undefined ? settings.port : parsePort(flags.port, '--port')
  return {
    ...settings,
    port,
    dataFolder: join(settings.dataFolder, isFolder ? basename(resolve(recording)) : 'market-day'),
    env: { ...settings.env, STONKS_SPEED: speed, ...(isFolder ? { STONKS_RECORDING: resolve(recording) } : {}) },
  }
}

async function runBatch(settings: Settings, output: Output, json: boolean): Promise<void> {
  const startedMs = performance.now()
  const progress = createProgress(output)
  const started = await startAll({
    settings: { ...settings, port: 0 },
    output,
    logger: createLogger('warn'),
    isBatch: true,
    onForward: progress.count,
  }).catch((error: unknown) => {
    progress.end()
    throw error
  })
  const stopped = untilStopped(output.note)
  const work = async (): Promise<void> => {
    const ended = await Promise.race([started.system.application.whenIdle().then(() => 'idle' as const), stopped])
    progress.end()
    if (ended !== 'idle') return
    const result = await readBatchResult(
      started.system.driver,
      started.system.graph,
      (performance.now() - startedMs) / 1000,
    )
    markFinished(settings)
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`)
    else output.data(renderResult(result))
  }
  await thenClose(work, () => started.close(DRAIN_MS)).finally(progress.end)
}

function renderResult(r: BatchResult): string {
  const rate = grouped(Math.round(r.documents / r.seconds))
  return [
    `documents        ${grouped(r.documents)}`,
    `signals          ${grouped(r.signals)}`,
    `recommendations  ${grouped(r.recommendations)}`,
    `orders           ${grouped(r.orders)}`,
    `executions       ${grouped(r.executions)}`,
    `final equity     ${r.final_equity ?? 'no account yet'}`,
    `took             ${r.seconds.toFixed(1)} s, ${rate} documents/s, peak ${grouped(Math.round(r.peak_rss_bytes / 1e6))} MB`,
  ].join('\n')
}

function createProgress(output: Output): { readonly count: (topic: string) => void; readonly end: () => void } {
  let documents = 0
  // Never what keeps a process alive: a start that fails ends it.
  const timer = setInterval(() => output.note(`${grouped(documents)} documents`), 2_000).unref()
  return {
    count(topic) {
      if (topic === 'documents.raw') documents += 1
    },
    end: () => clearInterval(timer),
  }
}

async function runLive(settings: Settings, output: Output): Promise<void> {
  const firsts = createFirsts(output)
  const started = await startAll({
    settings,
    output,
    logger: createLogger(process.env['LOG_LEVEL'] || 'warn'),
    isBatch: false,
    onForward: firsts.see,
  })
  firsts.at(started.url)
  output.note(banner(settings, started))
  const stopped = untilStopped(output.note)
  await thenClose(
    async () => void (await Promise.race([stopped, started.system.application.whenEnded()])),
    () => started.close(DRAIN_MS),
  )
}

function banner(settings: Settings, { url, system }: Started): string {
  const recording = settings.env['STONKS_RECORDING']
  const news = recording ? `recording ${recording}` : 'a SIMULATED market day: invented companies, generated news'
  const nodes = Object.values(system.graph.nodes)
  return `
stonks ${VERSION} · Node ${process.versions.node} · PAPER, ${speedText(settings)}

  topology   ${settings.topologyFile}   ${nodes.length} nodes
  log        ${settings.driver} in ${settings.dataFolder}
  news       ${news}
  api        ${url}/api/docs
  dashboard  ${mark(url, 'good')}   <- open this

Ctrl-C stops. Next: stonks lag · stonks sql "select symbol, action, score from recommendations limit 5" · docs/settings.md
`
}

/** `60x`, or in words where there is no pace. */
function speedText({ env }: Settings): string {
  const speed = env['STONKS_SPEED'] ?? ''
  return speed === 'max' ? 'as fast as it goes' : `${speed}x`
}

/** Says the first of each kind of result, and every paper order. */
function createFirsts(output: Output): {
  readonly see: (topic: string, record: InputRecord) => void
  readonly at: (url: string) => void
} {
  let url = ''
  const seen = new Set<string>()
  const time = (ms: number): string => new Date(ms).toISOString().slice(11, 19)
  const first = (kind: string, line: () => string): void => {
    if (seen.has(kind)) return
    seen.add(kind)
    output.note(line())
  }
  return {
    at(address) {
      url = address
    },
    see(topic, { value, timestampMs }) {
      if (topic === 'signals')
        first(
          'signal',
          () =>
            `${time(timestampMs)}  first signal      ${(value as Signal).symbol} ${(value as Signal).direction} ${(value as Signal).strength.toFixed(2)}`,
        )
      if (topic === 'recommendations' && (value as Recommendation).action !== 'hold') {
        const r = value as Recommendation
        first(
          'recommendation',
          () =>
            `${time(timestampMs)}  recommendation    ${r.symbol} ${r.action} ${r.score.toFixed(2)}  ${url}/recommendations/${r.recommendation_id}`,
        )
      }
      if (topic === 'orders') {
        const o = value as OrderRequest
        output.note(`${time(timestampMs)}  paper order       ${o.symbol} ${o.side} ${o.qty}  ${url}/trading`)
      }
      if (topic === 'accounts')
        first('account', () => `${time(timestampMs)}  paper account     equity ${(value as Account).equity}`)
    },
  }
}
