import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ENGINE_FAULTS, Fault } from './faults.ts'

export interface EnginePlace {
  readonly name: string
  readonly processId: string
  /** Its stores and nothing else. */
  readonly stateDir: string
  readonly brokers: readonly string[]
}

/** An engine process that is hurt and started again under the same name. */
export class EngineProcess {
  readonly #place: EnginePlace
  #child: ChildProcess | undefined
  #ended: Promise<number | null> = Promise.resolve(null)
  #said = ''
  /** How it ended when nobody had asked it to. */
  readonly surprises: string[] = []

  constructor(place: EnginePlace) {
    this.#place = place
  }

  start(): void {
    const { name, processId, stateDir, brokers } = this.#place
    const script = join(import.meta.dirname, 'engine.ts')
    const child = spawn(process.execPath, [script, name, processId, stateDir, brokers.join(',')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.#said = `${this.#said}${bytes}`.slice(-4_000)
      })
    }
    this.#child = child
    this.#ended = new Promise((resolve) => child.once('exit', resolve))
    child.once('exit', (code, signal) => {
      if (this.#child === child)
        this.surprises.push(`${processId} ended by itself with ${code ?? signal}: ${this.#said}`)
    })
  }

  async hurt({ kind, lastsMs }: Fault<(typeof ENGINE_FAULTS)[number]>): Promise<void> {
    if (kind === 'pause') {
      const child = this.#child
      child?.kill('SIGSTOP')
      await sleep(lastsMs)
      child?.kill('SIGCONT')
      return
    }
    await (kind === 'restart' ? this.end() : this.kill())
    if (kind === 'forget') rmSync(this.#place.stateDir, { recursive: true, force: true })
    await sleep(lastsMs)
    this.start()
  }

  /** Asks it to end; one that does not end well is a surprise. */
  async end(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    child?.kill('SIGTERM')
    const code = await this.#ended
    // Before it runs there is nothing to finish.
    if (code !== 0 && child !== undefined && /running/.test(this.#said))
      this.surprises.push(`${this.#place.processId} did not end well (${code}): ${this.#said}`)
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    child?.kill('SIGKILL')
    await this.#ended
  }
}
