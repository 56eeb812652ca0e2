import { Command } from 'commander'
import { expect, test } from 'vitest'
import { createOutput } from '../output.ts'
import { readSettings } from '../settings.ts'
import { addCommands, commandOf } from './load-commands.ts'

test('the command is the first word that is no value of an option before it', () => {
  expect(commandOf(['validate', '--json'])).toBe('validate')
  expect(commandOf(['-t', 'run', '--overlay', 'lag', 'graph'])).toBe('graph')
  expect(commandOf(['--data=plan', 'sql', 'select 1'])).toBe('sql')
  expect(commandOf(['--data', '--data', 'sql'])).toBe('sql')
  expect(commandOf(['validte'])).toBeUndefined()
  expect(commandOf(['constructor'])).toBeUndefined()
  expect(commandOf(['--help'])).toBeUndefined()
  expect(commandOf(['help', 'validate'])).toBeUndefined()
})

const added = async (...args: string[]): Promise<readonly string[]> => {
  const program = new Command()
  const output = createOutput(process.stdout, process.stderr)
  await addCommands(args, { program, output, settings: () => readSettings({}), finish: () => {} })
  return program.commands.map((command) => command.name())
}

test('one that is named is added alone, with those it shares its file with', async () => {
  expect(await added('validate')).toEqual(['validate'])
  expect(await added('apply', 'change.plan')).toEqual(['plan', 'apply'])
})

test('without a name all are added, each under the name it is asked for by', async () => {
  const all = await added('--help')
  expect(new Set(all).size).toBe(all.length)
  for (const name of all) expect(commandOf([name])).toBe(name)
  expect(all).toContain('start')
})
