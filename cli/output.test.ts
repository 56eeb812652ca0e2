import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createOutput, grouped, mark, spanText, table } from './output.ts'

describe('output', () => {
  test('data goes to stdout, everything else to stderr', () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const output = createOutput(stdout, stderr)
    output.data('a line')
    output.json([{ n: '1' }], ['only the first'])
    output.note('what happens')
    output.error('what went wrong')
    expect(String(stdout.read())).toBe('a line\n{"data":[{"n":"1"}],"warnings":["only the first"]}\n')
    expect(String(stderr.read())).toBe('what happens\nwhat went wrong\n')
  })

  test('a table is as wide as its widest cells, numbers to the right', () => {
    expect(
      table(
        ['TASK', 'LAG'],
        [
          ['parse/0', '5'],
          ['lake', '1,204'],
        ],
        new Set([1]),
      ),
    ).toBe('TASK       LAG\nparse/0      5\nlake     1,204')
  })

  test('a table without rows is its heads', () => {
    expect(table(['A', 'B'], [])).toBe('A  B')
  })

  test.each([
    [0, '0.0 s'],
    [400, '0.4 s'],
    [59_940, '59.9 s'],
    [192_000, '3 m 12 s'],
    [7_500_000, '2 h 5 m'],
    [356_400_000, '4 d 3 h'],
  ])('%d ms is %s', (ms, text) => {
    expect(spanText(ms)).toBe(text)
  })

  test('large counts are grouped, also those beyond doubles', () => {
    expect(grouped(1_234)).toBe('1,234')
    expect(grouped(9_007_199_254_740_993n)).toBe('9,007,199,254,740,993')
  })

  test('no colour where the stream is no terminal', () => {
    expect(process.stdout.isTTY ? '' : mark('ok', 'good')).toBe(process.stdout.isTTY ? '' : 'ok')
  })
})
