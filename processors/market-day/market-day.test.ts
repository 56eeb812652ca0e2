import { expect, test } from 'vitest'
import { decimalToNumber } from '../../schemas/index.ts'
import { generateMarketDay } from './market-day.ts'

const day = generateMarketDay({ seed: 'a', date: '2026-03-02' })
const openMs = Date.parse('2026-03-02T14:30:00Z')

test('the same seed makes the same day, another seed another', () => {
  expect(generateMarketDay({ seed: 'a', date: '2026-03-02' })).toEqual(day)
  expect(generateMarketDay({ seed: 'b', date: '2026-03-02' }).documents[1]?.sha256).not.toBe(day.documents[1]?.sha256)
})

test('it opens at 09:30 in New York in winter and in summer', () => {
  const firstMinute = (date: string) => generateMarketDay({ seed: 'a', date }).bars.find((bar) => bar.timespan === '1m')
  expect(firstMinute('2026-03-02')?.start_at).toBe(openMs)
  expect(firstMinute('2026-07-06')?.start_at).toBe(Date.parse('2026-07-06T13:30:00Z'))
})

test('documents come in order, the first within seconds of the bell', () => {
  const times = day.documents.map((document) => document.received_at)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times[0]! - openMs).toBeLessThan(10_000)
  expect(day.documents.length).toBeGreaterThan(300)
  expect(day.documents.length).toBeLessThan(520)
  expect(new Set(day.documents.map((document) => document.document_id)).size).toBe(day.documents.length)
})

test('in the first four minutes an issuer and two other owners report the same good news', () => {
  const early = day.documents.filter((d) => d.received_at < openMs + 240_000)
  const symbol = day.causes.find((cause) => cause.effect_percent > 0)!.symbol
  const owners = new Set(early.filter((d) => d.symbols.includes(symbol)).map((d) => d.source_owner))
  expect(owners.size).toBeGreaterThanOrEqual(3)
  expect(early.some((d) => d.source_type === 'issuer' && d.symbols.includes(symbol))).toBe(true)
})

test('each company has thirty daily bars before the day and a bar for each of its minutes', () => {
  for (const company of day.companies) {
    const bars = day.bars.filter((bar) => bar.symbol === company.symbols[0]!.symbol)
    expect(bars.filter((bar) => bar.timespan === '1d' && bar.end_at < openMs)).toHaveLength(30)
    expect(bars.filter((bar) => bar.timespan === '1m')).toHaveLength(390)
  }
})

test('a bar lies between its low and its high, and prices follow the causes', () => {
  const number = decimalToNumber
  for (const bar of day.bars) {
    expect(number(bar.low)).toBeLessThanOrEqual(Math.min(number(bar.open), number(bar.close)))
    expect(number(bar.high)).toBeGreaterThanOrEqual(Math.max(number(bar.open), number(bar.close)))
  }
  const moves = day.causes
    .filter((cause) => Math.abs(cause.effect_percent) > 3)
    .map((cause) => {
      const after = day.bars
        .filter((b) => b.symbol === cause.symbol && b.timespan === '1m' && b.end_at > cause.at)
        .slice(0, 30)
      return Math.sign(number(after.at(-1)!.close) / number(after[0]!.open) - 1) === Math.sign(cause.effect_percent)
    })
  expect(moves.filter(Boolean).length / moves.length).toBeGreaterThan(0.9)
})

test('everything is marked as simulated, and no placeholder is left over', () => {
  expect([...day.documents, ...day.bars, ...day.companies].every((record) => record.simulated)).toBe(true)
  expect(
    day.documents.filter((d) => /\{\w+\}|undefined/.test(`${d.title}${d.body?.replace(/<style>.*?<\/style>/, '')}`)),
  ).toEqual([])
})
