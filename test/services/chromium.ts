import { findOnPath } from './command.ts'
import type { Part } from './part.ts'

export const chromiumPart: Part = {
  name: 'chromium',
  version: 'of the system',
  fingerprint: 'apt chromium',
  tools: [],
  debian: ['chromium'],
  files: () => [chromiumPath() ?? '/usr/bin/chromium'],
  install: async () => {},
  otherwise: 'install the package chromium, or set CHROMIUM to the path of one',
}

/** Path of a Chromium for playwright-core's `executablePath`, or undefined. */
export function chromiumPath(): string | undefined {
  return (
    process.env['CHROMIUM'] ?? findOnPath('chromium') ?? findOnPath('chromium-browser') ?? findOnPath('google-chrome')
  )
}

/** Arguments that a browser needs where it runs as root and with a small /dev/shm. */
export const CHROMIUM_ARGS: readonly string[] = ['--no-sandbox', '--disable-dev-shm-usage']
