import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_FOLDER } from '../settings.ts'

/** Counts bars a minute, without any code. */
const TOPOLOGY = `version: 1
name: windows
schemas: { directory: ./avro }
defaults: { topic: { partitions: 2, retention: forever } }
topics:
  market.bars: { value: Bar }
  bars.late: { value: Bar }
  bars.counted: { value: BarCount }
stores: { minutes: { type: kv } }
processors:
  minutes:
    run: window_aggregate
    from: market.bars
    window: { tumbling: 1m, grace: 5s, emit: on_close, late: bars.late }
    with: { by: symbol, key_field: symbol, figures: { bars: count } }
    state: minutes
    to: [bars.counted]
`
const COUNT = {
  type: 'record',
  name: 'BarCount',
  doc: 'Bars of a minute.',
  fields: ['symbol', 'window_start', 'window_end', 'bars'].map((name) => {
    return { name, type: name === 'symbol' ? 'string' : 'long', doc: name }
  }),
}

const bar = (after: string, symbol: string, more = ''): string =>
  `      - { to: market.bars, key: x, after: ${after}, value: { symbol: ${symbol}, close: "100"${more} } }`

const SUITE = `topology: windows.yaml
cases:
  - name: bars of a minute are counted once it is over, and one that comes after that is late
    at: 2026-03-02T14:30:00Z
    produce:
${bar('1s', 'NVDA')}
${bar('30s', 'NVDA')}
${bar('40s', 'AMD')}
${bar('2m', 'NVDA')}
${bar('-10m', 'NVDA', ', open: "7"')}
    expect:
      - { on: bars.counted, key: NVDA, count: 1, value: { bars: 2 } }
      - { on: bars.late, key: NVDA, count: 1, value: { symbol: /^NV/, open: "7" } }
      - { dead_letter: minutes, absent: true }
  - name: bytes that are no bar are a dead letter
    produce:
      - { to: market.bars, key: x, bytes: AAAAJw8B }
    expect:
      - { dead_letter: minutes, count: 1, code: DESERIALIZATION }
      - { on: bars.counted, absent: true }
`

/** Writes topology, schemas and suite into a folder; gives the suite's file. */
export function writeWindowsSuite(folder: string): string {
  const avro = join(folder, 'avro')
  mkdirSync(avro, { recursive: true })
  copyFileSync(join(PROJECT_FOLDER, 'schemas/avro/bar.avsc'), join(avro, 'bar.avsc'))
  writeFileSync(join(avro, 'bar-count.avsc'), JSON.stringify(COUNT))
  writeFileSync(join(folder, 'windows.yaml'), TOPOLOGY)
  const file = join(folder, 'windows.suite.yaml')
  writeFileSync(file, SUITE)
  return file
}
