import type { DiagnosticPage } from './diagnostic-page.ts'

const PARSE = '  parse: { from: documents.raw, to: documents.parsed }'

/** What may be the matter with the files of a topology, as files. */
export const PAGES_OF_FILES = {
  T006: {
    cause: `A file that \`include:\`, \`\${file:…}\` or \`--overlay\` names cannot be read, or files include each other in a circle.`,
    fix: 'Correct the path: it is taken from the folder of the file it is written in.',
    wrong: { include: 'nowhere.yaml' },
    right: { processors: PARSE },
  },
  T007: {
    cause:
      'A warning: a key of an overlay leaves everything as it was. It removes what is not there, is empty, or says what was said before. A name may be misspelt, or the topology has changed since.',
    fix: 'Correct the name, or leave the key out.',
    wrong: { processors: PARSE },
    right: { processors: PARSE },
    beside: {
      file: 'prod.yaml',
      isOverlay: true,
      wrong: { sinks: '  lake: null' },
      right: { processors: '  parse: { instances: 4 }' },
    },
  },
  T008: {
    cause:
      'A file of more than 1 MiB, or values nested deeper than 32 levels. A topology of 500 nodes has a tenth of it.',
    fix: 'Most likely it is not the file that was meant. A topology can be in several: `include:`.',
    wrong: { topics: `  documents.raw: { value: ${'['.repeat(40)}${']'.repeat(40)} }` },
    right: { topics: '  documents.raw: { value: RawDocument }' },
  },
  T009: {
    cause:
      'The file says that it is of another version of the language. By its rules the same words may mean something else.',
    fix: 'Of a later one: bring stonks up to date. Of an earlier one: the CHANGELOG says what to change.',
    wrong: { version: '2' },
    right: { version: '1' },
  },
  T040: {
    cause:
      'Two files of one topology write the same thing. `include:` puts parts together, and never replaces one by the other.',
    fix: 'Leave it in one of them. What differs by environment is written in an overlay.',
    wrong: { include: 'parts.yaml', sinks: '  lake: { from: documents.parsed, to: parquet }' },
    right: { include: 'parts.yaml', sinks: '  lake: { from: documents.parsed, to: parquet }' },
    beside: {
      file: 'parts.yaml',
      isOverlay: false,
      wrong: { sinks: '  lake: { from: documents.raw, to: postgres }' },
      right: { sinks: '  read_model: { from: documents.raw, to: postgres }' },
    },
  },
  T041: {
    cause:
      'Under `moved:` stands what was renamed, the old name before the new one. Here the new name is not there, the old one still is, or two become one.',
    fix: 'Correct the names. When `stonks apply` has carried everything, the entry can go.',
    wrong: { moved: '  processors: { parser: parze }' },
    right: { moved: '  processors: { parser: parse }' },
  },
  T042: {
    cause:
      'A parameter named as secrets are (`password`, `token`, `api_key`, …), or a URL with a password in it, is written out. The file is in a repository, and in what tools print.',
    fix: 'Take it from the environment, or from a file that is mounted where the process runs.',
    wrong: { sinks: '  lake: { from: documents.parsed, to: "redis://user:word@host" }' },
    right: { sinks: '  lake: { from: documents.parsed, to: parquet }' },
  },
} as const satisfies Readonly<Record<string, DiagnosticPage>>
