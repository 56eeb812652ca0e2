import type { InputRecord, LogRecord } from '../../../streams/index.ts'
import type { Outcome, SuiteCase, SuiteRecord } from '../../../topology/index.ts'
import type { SuiteGraph } from './suite-graph.ts'

/** Where what a case left behind is read from. */
export interface OutcomePorts {
  readonly read: (topic: string) => Promise<readonly InputRecord[]>
  readonly deadLetters: (node: string) => Promise<readonly LogRecord[]>
  readonly stored: (node: string, store: string, key: string) => Promise<unknown>
}

/** What the expectations of a case look at, as JSON. */
export async function collect(suite: SuiteGraph, suiteCase: SuiteCase, ports: OutcomePorts): Promise<Outcome> {
  const topics = new Map<string, readonly SuiteRecord[]>()
  const deadLetters = new Map<string, readonly SuiteRecord[]>()
  for (const { at } of suiteCase.expect) {
    if ('topic' in at && !topics.has(at.topic))
      topics.set(
        at.topic,
        (await ports.read(at.topic)).map(({ key, value }) => ({ key, value: suite.toJson(at.topic, value) })),
      )
    if ('deadLettersOf' in at && !deadLetters.has(at.deadLettersOf))
      deadLetters.set(at.deadLettersOf, (await ports.deadLetters(at.deadLettersOf)).map(letterRecord))
  }
  const stored: unknown[] = []
  for (const { node, store, key } of suiteCase.stores) stored.push(asJson(await ports.stored(node, store, key)))
  return { topics, deadLetters, stored }
}

const letterRecord = ({ key, headers }: LogRecord): SuiteRecord => ({
  key: key === undefined ? undefined : Buffer.from(key).toString(),
  value: { stage: headers['dlq.stage'], message: headers['dlq.error.message'] },
  code: headers['dlq.error.class'] ?? '',
})

/** Stores keep what JSON has. */
const asJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))
