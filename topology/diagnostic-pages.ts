import { CODES, type DiagnosticCode } from './diagnostic.ts'
import { type DiagnosticPage, type Sections, sectionsText } from './diagnostic-page.ts'
import { PAGES_OF_FILES } from './pages-of-files.ts'

const PARSE = '  parse: { from: documents.raw, to: documents.parsed }'

const RECOMMENDATIONS = '  decided: { list: "stonks:queue:recommendation", topic: recommendations, direction: in }'
/** Orders come back as executions. */
const loop = (trade: string): Sections => ({
  topics:
    '  documents.raw: { value: RawDocument }\n  recommendations: { value: Recommendation }\n  orders: { value: OrderRequest }\n  executions: { value: ExecutionReport }',
  processors: `  trade: { from: ${trade} }\n  broker: { from: orders, to: executions }`,
})

/** The long form of every diagnostic: `stonks explain T010`, and a page under `docs/diagnostics/`. */
export const DIAGNOSTIC_PAGES: Readonly<Record<DiagnosticCode, DiagnosticPage>> = {
  ...PAGES_OF_FILES,
  T001: {
    cause: 'The file is not YAML: a bracket or quote is not closed, the indentation is off, or a key is there twice.',
    fix: 'The caret is where reading became impossible; the mistake is there or a little before.',
    wrong: { processors: '  parse: { from: documents.raw, to: documents.parsed' },
    right: { processors: PARSE },
  },
  T002: {
    cause: 'A key that is not known at this place. It would have no effect, and nobody would notice.',
    fix: 'Correct the spelling, or move it to where it belongs. `stonks explain PATH` lists the keys of a place.',
    wrong: { processors: '  parse: { form: documents.raw, to: documents.parsed }' },
    right: { processors: PARSE },
  },
  T003: {
    cause: 'A value of another type than is expected here.',
    fix: 'Write what the message expects. Durations have a unit (30s, 7d), ranges two dots (200ms..30s).',
    wrong: { topics: '  documents.raw: { value: RawDocument, partitions: many }' },
    right: { topics: '  documents.raw: { value: RawDocument, partitions: 6 }' },
  },
  T004: {
    cause: 'Something that has no default is not there.',
    fix: 'Add the key.',
    wrong: { topics: '  documents.raw: { partitions: 6 }' },
    right: { topics: '  documents.raw: { value: RawDocument, partitions: 6 }' },
  },
  T005: {
    cause: 'Not one of the values that can be chosen here, or a name that is none.',
    fix: 'Choose one of those the message lists. Names are lower-case letters, digits, `_` and `.`.',
    wrong: { topics: '  documents.raw: { value: RawDocument, cleanup: compacted }' },
    right: { topics: '  documents.raw: { value: RawDocument, cleanup: compact }' },
  },
  T010: {
    cause: 'A node names a topic that the file does not declare.',
    fix: 'Correct the name, or declare the topic under `topics:`.',
    wrong: { processors: '  parse: { from: documents.raw, to: documents.pasred }' },
    right: { processors: PARSE },
  },
  T011: {
    cause: 'No code has the name of this node, or that of its `run:`.',
    fix: 'Name the code with `run:`, or name the node as the code is named.',
    wrong: { processors: '  reader: { from: documents.raw, to: documents.parsed }' },
    right: { processors: '  reader: { run: parse, from: documents.raw, to: documents.parsed }' },
  },
  T012: {
    cause: 'A node names a store that the file does not declare.',
    fix: 'Correct the name, or declare the store under `stores:`.',
    wrong: { processors: '  parse: { from: documents.raw, to: documents.parsed, state: seen }' },
    right: {
      stores: '  seen: { type: kv }',
      processors: '  parse: { from: documents.raw, to: documents.parsed, state: seen }',
    },
  },
  T013: {
    cause: 'No file of the schemas directory holds a record of this name, or the directory cannot be read.',
    fix: 'Correct the name; `parsed-document.avsc` holds `ParsedDocument`. The path of `schemas.directory` is taken from this file.',
    wrong: { topics: '  documents.raw: { value: RawDocumnet }' },
    right: { topics: '  documents.raw: { value: RawDocument }' },
  },
  T014: {
    cause: 'A parameter under `with:` that the code does not have, needs and does not get, or cannot take.',
    fix: '`stonks explain NAME` lists the parameters of a code.',
    wrong: { processors: '  parse: { from: documents.raw, to: documents.parsed, with: { speed: 3 } }' },
    right: { processors: PARSE },
  },
  T020: {
    cause:
      'Topics lead back to a node that they come from. A record could go round for ever, and each round be a new one.',
    fix: 'Cut the loop, or where it is meant name the topic that closes it under `feedback:`.',
    wrong: { ...loop('[recommendations, executions], to: orders'), bridges: RECOMMENDATIONS },
    right: { ...loop('[recommendations, executions], feedback: executions, to: orders'), bridges: RECOMMENDATIONS },
  },
  T021: {
    cause:
      'A task reads the same partition of all its inputs. With other numbers of partitions the same key is in different ones.',
    fix: 'Give the topics the same number of partitions, or read the smaller one whole under `broadcast:`.',
    wrong: { processors: '  parse: { from: [documents.raw, narrow], to: documents.parsed }' },
    right: { processors: '  parse: { from: documents.raw, broadcast: narrow, to: documents.parsed }' },
  },
  T022: {
    cause: 'Two nodes name one store. They would write over each other.',
    fix: 'Give each node a store of its own; pass values on by a topic.',
    wrong: {
      stores: '  seen: { type: kv }',
      processors:
        '  parse: { from: documents.raw, to: documents.parsed, state: seen }\n  again: { run: parse, from: documents.raw, to: documents.parsed, state: seen }',
    },
    right: {
      stores: '  seen: { type: kv }\n  seen_again: { type: kv }',
      processors:
        '  parse: { from: documents.raw, to: documents.parsed, state: seen }\n  again: { run: parse, from: documents.raw, to: documents.parsed, state: seen_again }',
    },
  },
  T023: {
    cause: 'Two bridges on one Redis list would take items from each other.',
    fix: 'Leave one of them.',
    wrong: {
      bridges:
        '  one: { list: "stonks:queue:parsing", topic: documents.raw, direction: in }\n  two: { list: "stonks:queue:parsing", topic: documents.raw, direction: in }',
    },
    right: { bridges: '  one: { list: "stonks:queue:parsing", topic: documents.raw, direction: in }' },
  },
  T024: {
    cause: 'The driver of the settings cannot give what a node asks for. `kafkajs` gives at least once only.',
    fix: 'Choose the driver `wire` or `librdkafka`, or ask for at_least_once (`STONKS_GUARANTEE`).',
    driver: 'kafkajs',
    wrong: { defaults: '  guarantee: exactly_once' },
    right: { defaults: '  guarantee: at_least_once' },
  },
  T025: {
    cause: 'A warning: a node reads a topic that nothing in this file writes. It may wait for ever.',
    fix: 'Fine where another system writes it. Otherwise name the topic under `to:` of whoever should.',
    wrong: { sources: '  replay: { to: registry.companies }' },
    right: { sources: '  replay: { to: [documents.raw, registry.companies] }' },
  },
  T026: {
    cause: 'Two nodes have one name. It is also the name of the consumer group, of dead letters and of changelogs.',
    fix: 'Rename one of them; `run:` names the code.',
    wrong: { sinks: '  parse: { from: documents.parsed, to: parquet }' },
    right: { sinks: '  lake: { from: documents.parsed, to: parquet }' },
  },
  T027: {
    cause:
      'The code is a flow of operators, and what it was given does not make one: it needs a store, a window, or other topics.',
    fix: 'The message says what is missing. docs/operators.md shows each flow with all it needs.',
    wrong: {
      processors:
        '  counts:\n    run: window_aggregate\n    from: documents.raw\n    to: documents.parsed\n    with: { by: source, key_field: source, figures: { n: count } }',
    },
    right: {
      stores: '  counts: { type: kv }',
      processors:
        '  counts:\n    run: window_aggregate\n    from: documents.raw\n    window: { tumbling: 1m, grace: 5s }\n    state: counts\n    to: documents.parsed\n    with: { by: source, key_field: source, figures: { n: count } }',
    },
  },
  T028: {
    cause: 'A window of no kind, of several, of no length, or one that records would fall between.',
    fix: 'Write one of `tumbling`, `hopping` with `advance`, `sliding`, `session`.',
    wrong: {
      processors:
        '  parse: { from: documents.raw, to: documents.parsed, window: { tumbling: 1m, session: 5m, grace: 0s } }',
    },
    right: { processors: PARSE },
  },
  T029: {
    cause: 'The node has `window:` or `within:`, and its code is no flow of operators: it would never see them.',
    fix: 'Take it away, or run a flow. Other code gets its times under `with:`.',
    wrong: {
      processors: '  parse: { from: documents.raw, to: documents.parsed, window: { tumbling: 1m, grace: 0s } }',
    },
    right: { processors: PARSE },
  },
  T030: {
    cause: 'A warning: a store that no node has under `state:`. It is never made.',
    fix: 'List it under `state:` of the node that writes it, or take it away.',
    wrong: { stores: '  seen: { type: kv }' },
    right: {
      stores: '  seen: { type: kv }',
      processors: '  parse: { from: documents.raw, to: documents.parsed, state: seen }',
    },
  },
  T031: {
    cause:
      '`async:` says how calls are made that take long: here either nobody makes any, or what is read cannot wait for them, which broadcast topics cannot.',
    fix: 'Take `async:` away, or run code that makes calls (`extract` does). What is broadcast can be read as a table.',
    wrong: { processors: '  parse: { from: documents.raw, to: documents.parsed, async: { concurrency: 3 } }' },
    right: { processors: PARSE },
  },
  T032: {
    cause:
      'A source or a sink that parks what fails. Parking lets the later records of a key wait, and there nothing waits by key.',
    fix: 'Write `then: dlq` or `then: stop`. A default of `park` for all nodes is allowed, and means `dlq` here.',
    wrong: { sinks: '  lake: { from: documents.parsed, to: parquet, errors: { then: park } }' },
    right: { sinks: '  lake: { from: documents.parsed, to: parquet, errors: { then: dlq } }' },
  },
  T043: {
    cause:
      'Code reads and writes records it was written for. Here a topic holds others, is not the one it knows them by, or the schemas folder has a version of them that Avro cannot resolve with that of the code. Every record would be a dead letter.',
    fix: 'Wire the node to a topic that holds what it is for; `stonks explain parse` tells what the code `parse` is for. Where versions differ, give a field that one of them lacks a default.',
    wrong: { processors: '  parse: { from: registry.companies, to: documents.parsed }' },
    right: { processors: PARSE },
  },
  T044: {
    cause:
      'A warning: all that a node reads is written by nodes that no record can come to either, as in a loop that nothing feeds. It will wait for ever.',
    fix: 'Let one of them read what a source, a bridge or another system writes.',
    wrong: loop('executions, feedback: executions, to: orders'),
    right: { ...loop('[recommendations, executions], feedback: executions, to: orders'), bridges: RECOMMENDATIONS },
  },
}

/** A page as Markdown. */
export function diagnosticPage(code: DiagnosticCode): string {
  const { cause, fix, wrong, right, driver, beside } = DIAGNOSTIC_PAGES[code]
  const when = driver === undefined ? '' : ` With \`STONKS_DRIVER=${driver}\`:`
  const second = (text: Sections | undefined): string =>
    beside === undefined || text === undefined
      ? ''
      : `\n${beside.file}${beside.isOverlay ? `, with \`--overlay ${beside.file}\`` : ''}:\n\n${fenced(text)}`
  return `# ${code}: ${CODES[code]}

${cause}

${fix}

Wrong:${when}

${fenced(wrong)}${second(beside?.wrong)}
Right:

${fenced(right)}${second(beside?.right)}`
}

const fenced = (sections: Sections): string => `\`\`\`yaml\n${sectionsText(sections)}\n\`\`\`\n`

/** The list of all pages. */
export const diagnosticIndex = (): string => `# Diagnostics

What \`stonks validate\` may say. The same on the terminal: \`stonks explain T010\`. Written by \`npm run generate\` from
\`topology/diagnostic-pages.ts\`.

${Object.entries(CODES)
  .map(([code, title]) => `- [${code}](${code}.md) ${title}`)
  .join('\n')}
`

/** Every file under `docs/diagnostics/`, by its name. */
export const diagnosticFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ['README.md', diagnosticIndex()],
    ...(Object.keys(CODES) as DiagnosticCode[]).map((code): [string, string] => [`${code}.md`, diagnosticPage(code)]),
  ])
