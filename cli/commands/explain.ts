import type { Field, Fields, RecordKind, RecordKinds } from '../../streams/index.ts'
import {
  CODES,
  type DiagnosticCode,
  diagnosticPage,
  type Explanation,
  explain,
  suggest,
  topologyJsonSchema,
} from '../../topology/index.ts'
import { CommandError, EXIT, table } from '../output.ts'
import { catalog } from '../runtime/catalog.ts'
import type { CommandPorts } from './command.ts'

/** `stonks explain`: what may be written at a place of the topology, what code takes, what a diagnostic means. */
export function explainCommand({ program, output, finish }: CommandPorts): void {
  program
    .command('explain')
    .description(
      'what may be written at a place of the topology, the parameters of a code, or the long form of a diagnostic',
    )
    .argument('[what]', 'processors.extract.errors, the name of a code, or T010; the whole file unless given')
    .option('--json', 'the same as JSON')
    .addHelpText(
      'after',
      `
Examples:
  stonks explain processors.extract.errors
  stonks explain topics.documents.raw.retention
  stonks explain extract                        parameters of the code
  stonks explain T010`,
    )
    .action((what = '', flags: { json?: boolean }) => {
      const { text, json } = explanationOf(what)
      if (flags.json) output.json(json)
      else output.data(text)
      finish(EXIT.done)
    })
}

interface Answer {
  readonly text: string
  readonly json: unknown
}

function explanationOf(what: string): Answer {
  const code = what.toUpperCase()
  if (code in CODES) return diagnosticAnswer(code as DiagnosticCode)
  if (/^T\d+$/i.test(what))
    throw new CommandError(
      EXIT.usage,
      `there is no diagnostic ${what}`,
      `the codes are ${Object.keys(CODES).join(', ')}`,
    )
  if (catalog[what] !== undefined) return codeAnswer(what)
  const found = explain(topologyJsonSchema(), what)
  if (found.ok) return placeAnswer(found)
  const guess = suggest(found.unknown, [...found.candidates, ...Object.keys(catalog)])
  throw new CommandError(
    EXIT.usage,
    `there is no key ${found.unknown} at ${found.at}`,
    guess === undefined ? `the keys are ${found.candidates.join(', ') || 'none'}` : `did you mean ${guess}?`,
  )
}

function diagnosticAnswer(code: DiagnosticCode): Answer {
  const page = diagnosticPage(code)
  return { text: page.trimEnd(), json: { code, title: CODES[code], page } }
}

function placeAnswer({ path, takes, doc, keys, example }: Extract<Explanation, { ok: true }>): Answer {
  const rows = keys.map((key) => [`  ${key.name}`, key.takes, `${key.required ? 'Has to be there. ' : ''}${key.doc}`])
  const members = rows.length === 0 ? '' : `\n\n${table(['  KEY', 'TAKES', ''], rows)}`
  return {
    text: `${path}: ${takes}\n  ${doc}${members}\n\n  ${example}`,
    json: { path, takes, doc, keys, example },
  }
}

function codeAnswer(name: string): Answer {
  const entry = catalog[name]
  const fields: Fields = entry?.fields ?? {}
  const records = entry?.records
  const rows = Object.entries(fields).map(([key, field]) => [`  ${key}`, defaultText(field), field.doc])
  const parameters =
    rows.length === 0 ? '\n\n  It takes no parameters.' : `\n\n${table(['  WITH', 'UNLESS GIVEN', ''], rows)}`
  return {
    text: `${name}: a ${entry?.kind}\n  ${entry?.summary}${recordsText(records)}${parameters}`,
    json: {
      name,
      kind: entry?.kind,
      summary: entry?.summary,
      records: records ?? null,
      parameters: Object.entries(fields).map(([key, field]) => ({
        name: key,
        doc: field.doc,
        default: field.default ?? null,
        schema: field.jsonSchema,
      })),
    },
  }
}

/** Which records code is for; a topic in brackets is the one it knows them by. */
function recordsText(records: RecordKinds | undefined): string {
  const kinds = (of: readonly RecordKind[] | undefined): string =>
    (of ?? []).map(({ schema, topic }) => (topic === undefined ? schema : `${schema} (${topic})`)).join(', ')
  const tables = Object.entries(records?.tables ?? {}).map(([alias, schema]) => `${alias}: ${schema}`)
  return [
    ['reads', kinds(records?.reads)],
    ['tables', tables.join(', ')],
    ['writes', kinds(records?.writes)],
  ]
    .filter(([, what]) => what !== '')
    .map(([way, what], i) => `${i === 0 ? '\n' : ''}\n  ${way} ${what}`)
    .join('')
}

const defaultText = (field: Field<unknown>): string =>
  field.default === undefined ? 'has to be given' : JSON.stringify(field.default)
