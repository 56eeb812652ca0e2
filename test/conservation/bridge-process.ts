import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface BridgePlace {
  readonly direction: 'in' | 'out'
  readonly name: string
  readonly redisPort: number
  readonly brokers: readonly string[]
  readonly stateDir: string
}

/** A bridge in a process of its own, started again under the same name after each kill. */
export class BridgeProcess {
  readonly #place: BridgePlace
  #child: ChildProcess | undefined
  #said = ''

  constructor(place: BridgePlace) {
    this.#place = place
  }

  start(): void {
    const { direction, name, redisPort, brokers, stateDir } = this.#place
    const url = `redis://127.0.0.1:${redisPort}`
    const args = [join(import.meta.dirname, 'bridge.ts'), direction, name, url, brokers.join(','), stateDir]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.#said = `${this.#said}${bytes}`.slice(-4_000)
      })
    }
    this.#child = child
  }

  async untilRunning(): Promise<void> {
    while (!this.#said.includes('running')) {
      if (this.#child?.exitCode != null) throw new Error(`the bridge ended by itself:\n${this.#said}`)
      await sleep(10)
    }
  }

  get said(): string {
    return this.#said
  }

  /** SIGKILL unless told; resolves when it is gone. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    this.#said = ''
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
}
