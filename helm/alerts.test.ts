import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type AddGauge, lagMetrics } from '../cli/runtime/lag/lag-metrics.ts'
import { bridgeMetrics } from '../cli/runtime/lag/watch-bridges.ts'
import { promtool } from '../test/services/index.ts'
import { chart, missingTools, Rendered, run } from './render.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const file = join(chart, 'files/alerts.yaml')
const { groups } = parse(readFileSync(file, 'utf8')) as { groups: readonly { name: string; rules: readonly Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)

/** Metrics as the APIs serve them, with their labels. */
const served = new Map<string, readonly string[]>()
const add: AddGauge = (name, _, labels) => {
  served.set(name, labels)
  return undefined as never
}
lagMetrics(add, { lag: async () => [] } as never)
bridgeMetrics(add, async () => [])

describe('alert rules', () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))('%s reads metrics that are served', (_, rule) => {
    const names = rule.expr.match(/\bstonks_\w+/g) ?? []
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter((name) => !served.has(name))).toEqual([])
  })

  test.each(rules.map((rule) => [rule.alert, rule] as const))('%s is written whole, and says what to do', (_, rule) => {
    let depth = 0
    for (const char of rule.expr) {
      if (char === '(') depth++
      if (char === ')') depth--
      expect(depth).toBeGreaterThanOrEqual(0)
    }
    expect(depth).toBe(0)
    expect(rule.labels['severity']).toMatch(/^(warning|critical)$/)
    expect(rule.annotations['summary']).toBeTruthy()
    expect(rule.annotations['description']).toBeTruthy()
  })

  test.each(rules.map((rule) => [rule.alert, rule] as const))('%s names only labels that its result has', (_, rule) => {
    const kept = new Set([...rule.expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => (list ?? '').split(/, */)))
    const named = Object.values(rule.annotations).flatMap((text) =>
      [...text.matchAll(/\$labels\.(\w+)/g)].map(([, l]) => l),
    )
    expect(named.filter((label) => !kept.has(label ?? ''))).toEqual([])
  })

  test.skipIf(missingTools().length > 0)('the chart brings them where it is told to, word for word', () => {
    expect(new Rendered().kind('PrometheusRule')).toEqual({})
    const rendered = new Rendered('alerts.enabled=true', 'alerts.labels.release=prometheus').kind('PrometheusRule')
    expect(rendered['stonks-alerts']).toMatchObject({
      metadata: { labels: { release: 'prometheus' } },
      spec: { groups },
    })
  })

  // As for the chart: in CI every part is installed or the run fails, elsewhere it is left out where Go is missing.
  test.skipIf(!existsSync(promtool))("are rules to Prometheus' own tool, which also finds what no rule may be", () => {
    const good = run(promtool, ['check', 'rules', '--lint-fatal', file])
    expect(good.output).toContain(`SUCCESS: ${rules.length} rules found`)
    expect(good.status).toBe(0)
    const broken = readFileSync(file, 'utf8').replace('deriv(stonks_lag_records[15m])', 'deriv(stonks_lag_records)')
    const bad = run(promtool, ['check', 'rules'], broken)
    expect(bad.status).not.toBe(0)
    expect(bad.output).toContain('expected type range vector')
  })
})
