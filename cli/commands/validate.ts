import { resolve } from 'node:path'
import { diagnosticToJson } from '../../topology/index.ts'
import { EXIT, type Output } from '../output.ts'
import { checkFile, diagnosticText } from '../runtime/load-topology.ts'
import { untilStopped } from '../runtime/until-stopped.ts'
import { watchFiles } from '../runtime/watch-files.ts'
import type { Settings } from '../settings.ts'
import type { CommandPorts } from './command.ts'

/** `stonks validate`: every mistake of topologies at once. */
export function validateCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('validate')
    .description('find every mistake of a topology; no network')
    .argument('[files...]', 'topology files; the one of the settings unless given')
    .option('--watch', 'again whenever a file changes, until Ctrl-C')
    .option('--json', 'diagnostics as JSON; with --watch a line each time')
    .addHelpText(
      'after',
      `
Examples:
  stonks validate
  stonks validate topology/*.yaml --json
  stonks validate --overlay prod.yaml           as it is with that overlay
  stonks validate --watch                       beside the editor`,
    )
    .action(async (names: string[], flags: { watch?: boolean; json?: boolean }) => {
      const chosen = settings()
      const files = names.length > 0 ? names.map((name) => resolve(name)) : [chosen.topologyFile]
      const look = (): readonly string[] => {
        const { errors, read } = check(files, chosen, flags, output)
        finish(errors > 0 ? EXIT.usage : EXIT.done)
        return read
      }
      if (flags.watch) await watching([...files, ...chosen.overlayFiles], look, output)
      else look()
    })
}

/** Tells all mistakes, and gives how many are errors and which files were read. */
function check(
  files: readonly string[],
  settings: Settings,
  flags: { json?: boolean },
  output: Output,
): { readonly errors: number; readonly read: readonly string[] } {
  const checked = files.map((file) => checkFile(file, settings))
  const all = checked.flatMap((result) => result.diagnostics.map((d) => ({ d, result })))
  const errors = all.filter(({ d }) => d.severity === 'error')
  if (flags.json) output.json(all.map(({ d }) => diagnosticToJson(d)))
  else {
    for (const { d, result } of all) output.error(`${diagnosticText(d, result)}\n`)
    if (errors.length === 0) output.data(`${[...files, ...settings.overlayFiles].join(', ')}: no mistakes`)
    else
      output.error(
        `${counted(errors.length, 'mistake')} in ${counted(files.length, 'file')}. For the long form: stonks explain ${errors[0]?.d.code}`,
      )
  }
  return { errors: errors.length, read: checked.flatMap(({ sources }) => [...sources.keys()]) }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** What is included later is watched from then on. */
async function watching(files: readonly string[], look: () => readonly string[], output: Output): Promise<void> {
  const again = (): void => {
    try {
      watched.also(look())
    } catch (error) {
      // A file that is not there just now may be there again in a moment.
      output.error(`stonks: ${(error as Error).message}`)
    }
  }
  const watched = watchFiles(files, again)
  again()
  await untilStopped(output.note)
  watched.close()
}
