import { EXIT, table } from '../output.ts'
import { examine } from '../runtime/doctor.ts'
import { atRun } from '../runtime/run-folder.ts'
import type { CommandPorts } from './command.ts'

/** `stonks doctor`: what is there and what answers. */
export function doctorCommand({ program, settings, output, finish }: CommandPorts): void {
  program
    .command('doctor')
    .description('what is there, what answers, and how to mend what does not')
    .option('--json', 'findings as JSON')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(atRun(settings()))
      if (options.json) output.json(findings)
      else
        output.data(
          table(
            ['WHAT', 'STATE', 'FOUND', 'HELP'],
            findings.map((f) => [f.what, f.ok ? 'ok' : 'FAILS', f.found, f.help]),
          ),
        )
      finish(findings.every((f) => f.ok) ? EXIT.done : EXIT.answerIsNo)
    })
}
