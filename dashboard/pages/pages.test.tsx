import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ApiProblem, problemOf } from '../data/problem.ts'
import { DENIED, DOCUMENT, EQUITY, ORDERS, RECOMMENDATION } from '../testing/records.ts'
import { TOPOLOGY } from '../testing/topology.ts'
import { OutsideLink } from '../ui/parts.tsx'
import { Failed } from '../ui/states.tsx'
import { MarkedText } from './document/marked-text.tsx'
import { marksOf } from './document/marks.ts'
import { EvidenceSides } from './recommendation/evidence.tsx'
import { Sum } from './recommendation/sum.tsx'
import { NodeTable } from './topology/node-table.tsx'
import { booksSentence, drawdownOf, isOpen } from './trading/books.ts'
import { Denied } from './trading/denied.tsx'
import { lineOf } from './trading/equity-line.tsx'
import { Orders } from './trading/orders.tsx'

const drawn = (node: ReactNode): string => renderToStaticMarkup(node)

test('script in a text stays text, and evidence is marked at its very words', () => {
  const html = drawn(<MarkedText text={DOCUMENT.text ?? ''} marks={marksOf(DOCUMENT)} current={2} />)
  expect(html).not.toContain('<script')
  expect(html).toContain('&lt;script&gt;')
  expect(html).toMatch(/id="e2"[^>]*aria-current="true"/)
  expect(html).toMatch(/<mark class="mark-down mark-current">export restrictions .* next year<\/mark>/)
})

test('an address from outside is a link only where it is http or https', () => {
  expect(drawn(<OutsideLink url="javascript:alert(1)" />)).toBe('<span>javascript:alert(1)</span>')
  expect(drawn(<OutsideLink url="https://a.example/x" />)).toContain('rel="noopener noreferrer"')
  expect(drawn(<OutsideLink url={null} />)).toBe('–')
})

test('evidence leads to its sentence, with the hash of the raw bytes; opposing evidence is there', () => {
  const html = drawn(<EvidenceSides supporting={RECOMMENDATION.supporting} opposing={RECOMMENDATION.opposing} />)
  const [first] = RECOMMENDATION.supporting
  expect(html).toContain(`href="/documents/${first?.document_id}?at=${first?.quote_start}"`)
  expect(html).toContain(first?.raw_sha256)
  expect(html).toContain('Opposing')
  expect(html).toContain('−0.062')
})

test('the sum shows each part with its sign, the score and the threshold', () => {
  const html = drawn(<Sum recommendation={RECOMMENDATION} />)
  for (const text of ['+0.227', '−0.106', '+0.308', 'buy +0.25']) expect(html).toContain(text)
  expect(html.match(/class="bar /g)).toHaveLength(RECOMMENDATION.contributions.length + 1)
})

test('denied intents name every failed check by its code', () => {
  const html = drawn(<Denied verdicts={DENIED} />)
  for (const text of ['MAX_ORDER_NOTIONAL', 'SECTOR_CONCENTRATION', 'of 33 checks']) expect(html).toContain(text)
})

test('orders carry the word of the venue and say where they are simulated', () => {
  const html = drawn(<Orders orders={ORDERS} />)
  expect(html).toContain('partially filled')
  expect(html.match(/>simulated</g)).toHaveLength(ORDERS.length)
  expect(drawn(<Orders orders={[]} />)).toContain('No orders yet.')
})

test('the books are told in a sentence; an unknown status counts as open', () => {
  expect(booksSentence(EQUITY[0], [], ORDERS, null)).toBe('Equity 100,000.00 USD, 0 positions, 2 orders open.')
  expect(isOpen({ ...ORDERS[0]!, status: 'held_by_the_venue' })).toBe(true)
})

test('the drawdown is the largest fall from a peak', () => {
  expect(drawdownOf(['100', '120', '90', '130', '110'].map((equity) => ({ equity })))).toBeCloseTo(0.25, 12)
  expect(drawdownOf([])).toBe(0)
})

test('the equity line holds each value until the next', () => {
  const points = [
    { as_of: '2026-11-24T09:00:00Z', equity: '100' },
    { as_of: '2026-11-24T10:00:00Z', equity: '200' },
  ]
  expect(lineOf(points).path).toBe('M0.0 136.0 H1000.0 V4.0 H1000')
  expect(lineOf(points.slice(0, 1)).path).toBe('M0.0 70.0 H1000')
})

test('the graph is a table too, with a state in words for each node', () => {
  const html = drawn(<NodeTable topology={TOPOLOGY} selected="extract" onSelect={() => {}} />)
  expect(html.match(/<tr/g)).toHaveLength(TOPOLOGY.nodes.length + 1)
  expect(html).toContain('the bottleneck')
})

test('an error shows what failed, its code and the request id', () => {
  const problem = problemOf(
    503,
    { code: 'DATABASE_DOWN', detail: 'Postgres does not answer.', request_id: 'r-9' },
    null,
  )
  const html = drawn(<Failed what="The orders could not be read." problem={problem} retry={() => {}} />)
  for (const text of ['The orders could not be read.', 'Postgres does not answer.', 'DATABASE_DOWN', 'r-9']) {
    expect(html).toContain(text)
  }
  expect(problemOf(502, null, 'r-1')).toEqual(
    new ApiProblem(502, 'HTTP_502', 'The server answered with status 502.', 'r-1'),
  )
})
