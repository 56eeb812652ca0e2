import { readFileSync } from 'node:fs'
import type { Guarantee } from '../../streams/index.ts'
import { type CheckedTopology, type CheckResult, checkTopology, renderDiagnostic } from '../../topology/index.ts'
import { CommandError, EXIT, type Output } from '../output.ts'
import type { DriverName, Settings } from '../settings.ts'
import { catalog } from './catalog.ts'

const GUARANTEES: Readonly<Record<DriverName, readonly Guarantee[]>> = {
  embedded: ['exactly_once', 'at_least_once'],
  librdkafka: ['exactly_once', 'at_least_once'],
  kafkajs: ['at_least_once'],
  wire: ['exactly_once', 'at_least_once'],
}

/** Checks a topology file with the project's code and the driver of the settings. */
export function checkFile(file: string, settings: Settings): { readonly text: string; readonly result: CheckResult } {
  const text = readTopology(file)
  const result = checkTopology(file, text, {
    env: settings.env,
    catalog,
    driver: { name: settings.driver, guarantees: GUARANTEES[settings.driver] },
    ...(settings.guarantee ? { guarantee: settings.guarantee } : {}),
  })
  return { text, result }
}

/** The topology of the settings. Prints every mistake and throws where there is one, before anything is started. */
export function loadTopology(settings: Settings, output: Output): CheckedTopology {
  const { text, result } = checkFile(settings.topologyFile, settings)
  if (result.ok) return result.topology
  for (const diagnostic of result.diagnostics) output.error(`${renderDiagnostic(diagnostic, text)}\n`)
  const errors = result.diagnostics.filter((d) => d.severity === 'error').length
  throw new CommandError(
    EXIT.usage,
    `${errors} mistake${errors === 1 ? '' : 's'} in ${settings.topologyFile}; nothing was started`,
  )
}

function readTopology(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandError(
      EXIT.missing,
      `the topology file ${file} cannot be read: ${(error as Error).message}`,
      'name another with --topology',
    )
  }
}
