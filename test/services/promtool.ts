import { join } from 'node:path'
import { binFolder } from './cache.ts'
import { installGoProgram } from './go-program.ts'
import type { Part } from './part.ts'

const PROMTOOL = {
  module: 'github.com/prometheus/prometheus',
  version: 'v0.316.0',
  sum: 'h1:f1GRFerhTMKQma+awCoC9T820ecWeGSdF+xAlMHzZzM=',
  package: 'github.com/prometheus/prometheus/cmd/promtool',
} as const

/** Prometheus' own checker of rules, once installed. */
export const promtool = join(binFolder, 'promtool')

export const promtoolPart: Part = {
  name: 'promtool',
  version: PROMTOOL.version,
  fingerprint: JSON.stringify(PROMTOOL),
  tools: ['go'],
  heavy: true,
  files: () => [promtool],
  install: () => installGoProgram('promtool', PROMTOOL),
  otherwise: "the alert rules are checked by Prometheus' own tool where Go can build it",
}
