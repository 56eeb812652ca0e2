import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LanguageServer, type Place } from './testing/language-server.ts'

/** A `|` marks where the cursor stands. */
function placeIn(marked: string): { readonly text: string; readonly place: Place } {
  const before = marked.slice(0, marked.indexOf('|')).split('\n')
  return {
    text: marked.replace('|', ''),
    place: { line: before.length - 1, character: before.at(-1)?.length ?? 0 },
  }
}

describe('an editor with the YAML language server', () => {
  let server: LanguageServer
  let opened = 0
  beforeAll(async () => {
    server = await LanguageServer.start(import.meta.dirname)
  })
  afterAll(() => server.stop())

  function open(marked: string, schema = 'schema.json') {
    const { text, place } = placeIn(`# yaml-language-server: $schema=./${schema}\n${marked}`)
    const path = join(import.meta.dirname, `unsaved-${opened++}.yaml`)
    server.open(path, text)
    return { path, place }
  }

  test.each([
    ['at the top', 'version: 1\n|', ['name', 'topics', 'processors', 'sources', 'sinks', 'bridges']],
    ['in a processor', 'processors:\n  extract:\n    |', ['from', 'to', 'state', 'async', 'errors', 'guarantee']],
    ['of a setting with few values', 'processors:\n  extract:\n    guarantee: |', ['exactly_once', 'at_least_once']],
    ['of a bridge', 'bridges:\n  parsing:\n    |', ['list', 'topic', 'direction', 'dedupe']],
  ])('completes %s', async (_, marked, wanted) => {
    const { path, place } = open(marked)
    const labels = await server.completions(path, place)
    expect(labels).toEqual(expect.arrayContaining(wanted))
  })

  test.each([
    ['a processor’s errors', 'processors:\n  extract:\n    err|ors:\n      then: dlq', /cannot be processed/],
    ['asynchronous calls', 'processors:\n  extract:\n    asy|nc: { concurrency: 4 }', /call/i],
    ['the retention of a topic', 'topics:\n  raw:\n    reten|tion: 30d', /.+/],
  ])('tells on hovering about %s', async (_, marked, wanted) => {
    const { path, place } = open(marked)
    expect(await server.hover(path, place)).toMatch(wanted)
  })

  test('completes an overlay too', async () => {
    const { path, place } = open('processors:\n  extract:\n    |', 'part.schema.json')
    expect(await server.completions(path, place)).toEqual(expect.arrayContaining(['from', 'guarantee']))
  })
})
