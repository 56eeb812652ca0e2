import type { Command } from 'commander'
import type { Output } from '../output.ts'
import type { Settings } from '../settings.ts'

/** What a command is added with. Settings are read when a command runs, so `--help` never fails on a wrong one. */
export interface CommandPorts {
  readonly program: Command
  readonly settings: () => Settings
  readonly output: Output
  /** Sets the exit code of a command that ended without throwing. */
  readonly finish: (exitCode: number) => void
}
