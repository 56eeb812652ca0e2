import { readFileSync } from 'node:fs'
import type { Guarantee } from '../../streams/index.ts'
import {
  type CheckedTopology,
  type CheckResult,
  checkTopology,
  type Diagnostic,
  renderDiagnostic,
} from '../../topology/index.ts'
import { CommandError, EXIT, type Output } from '../output.ts'
import type { DriverName, Settings } from '../settings.ts'
import { catalog } from './catalog.ts'
import { schemaProblems } from './schema-problem.ts'

const GUARANTEES: Readonly<Record<DriverName, readonly Guarantee[]>> = {
  embedded: ['exactly_once', 'at_least_once'],
  librdkafka: ['exactly_once', 'at_least_once'],
  kafkajs: ['at_least_once'],
  wire: ['exactly_once', 'at_least_once'],
}

/** Checks a topology file, with the overlays of the settings, the project's code and the driver of the settings. */
export function checkFile(file: string, settings: Settings): CheckResult {
  return checkTopology(file, readTopology(file), {
    env: settings.env,
    catalog,
    schemaProblem: schemaProblems(),
    overlays: settings.overlayFiles,
    readFile,
    driver: { name: settings.driver, guarantees: GUARANTEES[settings.driver] },
    ...(settings.guarantee ? { guarantee: settings.guarantee } : {}),
  })
}

/** A diagnostic with the line of its file. */
export const diagnosticText = (diagnostic: Diagnostic, { sources }: CheckResult): string =>
  renderDiagnostic(diagnostic, sources.get(diagnostic.span.file) ?? '')

/** The topology of the settings. Prints every mistake and throws where there is one, before anything is started. */
export function loadTopology(settings: Settings, output: Output): CheckedTopology {
  const result = checkFile(settings.topologyFile, settings)
  if (result.ok) return result.topology
  for (const diagnostic of result.diagnostics) output.error(`${diagnosticText(diagnostic, result)}\n`)
  const errors = result.diagnostics.filter((d) => d.severity === 'error').length
  throw new CommandError(
    EXIT.usage,
    `${errors} mistake${errors === 1 ? '' : 's'} in ${[settings.topologyFile, ...settings.overlayFiles].join(', ')}; nothing was started`,
  )
}

const readFile = (file: string): string => readFileSync(file, 'utf8')

function readTopology(file: string): string {
  try {
    return readFile(file)
  } catch (error) {
    throw new CommandError(
      EXIT.missing,
      `the topology file ${file} cannot be read: ${(error as Error).message}`,
      'name another with --topology',
    )
  }
}
