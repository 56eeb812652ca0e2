/** A part that was started here. */
export interface Running {
  readonly name: string
  /** Ends it and removes its data. Safe to call twice. */
  stop(): Promise<void>
}

/** A part that runs as one process of ours, so that a test can hurt it. Ports and data stay the same throughout. */
export interface Breakable extends Running {
  readonly pid: number
  /** Where its data and log lie. */
  readonly folder: string
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Ends it as its operator would; resolves when it is gone. */
  end(): Promise<void>
  /** Starts it again after {@link kill} or {@link end}; resolves when it is ready. */
  restart(): Promise<void>
  /** SIGSTOP: it keeps its connections and answers nothing. */
  pause(): void
  /** SIGCONT */
  resume(): void
  /** The last lines of its log. */
  logTail(lines?: number): string
}
