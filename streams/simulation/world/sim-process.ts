/** One life of a process: what it awaits ends with it, so nothing of it goes on after it was killed. */
export class SimProcess {
  readonly name: string
  alive = true
  /** Stopped until then (SIGSTOP, a long collection of garbage): what would happen to it happens afterwards. */
  stoppedUntilMs = 0
  /** How far its wall clock is off. */
  skewMs = 0

  constructor(name: string) {
    this.name = name
  }

  stop(untilMs: number): void {
    this.stoppedUntilMs = Math.max(this.stoppedUntilMs, untilMs)
  }

  kill(): void {
    this.alive = false
  }
}
