import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../streams/index.ts'
import { type OpenService, openService } from '../../test/services/index.ts'
import { openAskModel } from './open-ask-model.ts'
import { type OllamaModel, openOllama } from './open-ollama.ts'

const SCHEMA = {
  type: 'object',
  properties: {
    polarity: { type: 'string', enum: ['up', 'down'] },
    scores: { type: 'array', items: { type: 'integer', minimum: 0, maximum: 9 }, minItems: 1, maxItems: 3 },
  },
  required: ['polarity', 'scores'],
}
const ask = {
  system: 'Answer in JSON.',
  user: 'Apple beats estimates',
  schema: SCHEMA,
  seed: 7,
  numCtx: 1024,
  timeoutMs: 60_000,
}

let service: OpenService<'ollama'> | undefined
let model: OllamaModel
let missing = ''
beforeAll(async () => {
  try {
    service = await openService('ollama')
  } catch (error) {
    if (process.env['STONKS_CI'] === '1') throw error
    missing = (error as Error).message
    return
  }
  model = await openOllama({ ...service.endpoint, clock: systemClock })
}, 180_000)
afterAll(() => service?.stop())

describe('a real Ollama', () => {
  test('keeps to the schema, and the same seed gives the same text', async ({ skip }) => {
    if (missing) return skip(missing)
    const [first, second] = [await model.chatJson(ask), await model.chatJson(ask)]
    expect(first.text).toBe(second.text)
    expect(first.doneReason).toBe('stop')
    const { polarity, scores } = first.json as { polarity: string; scores: number[] }
    expect(['up', 'down']).toContain(polarity)
    expect(scores.every((s) => Number.isInteger(s) && s >= 0 && s <= 9)).toBe(true)
    expect(first.promptTokens).toBeGreaterThan(0)
    expect(await model.digest()).toMatch(/^[0-9a-f]{64}$/)
  })

  test('the extractor\u2019s question is answered with the digest of the model', async ({ skip }) => {
    if (missing || !service) return skip(missing)
    const askModel = openAskModel({ url: service.endpoint.url, clock: systemClock, numCtx: 1024 })
    const request = { model: service.endpoint.model, system: ask.system, prompt: ask.user, schema: SCHEMA, attempt: 1 }
    expect(await askModel(request)).toEqual({
      json: expect.objectContaining({ polarity: expect.any(String) }),
      modelDigest: await model.digest(),
    })
    await expect(askModel({ ...request, model: '' })).rejects.toMatchObject({ code: 'model_missing' })
  })

  test('an answer that is cut off says so and is no JSON', async ({ skip }) => {
    if (missing) return skip(missing)
    expect(await model.chatJson({ ...ask, maxTokens: 3 })).toMatchObject({ doneReason: 'length', json: undefined })
  })

  test('a prompt beyond the context, a missing model and silence are errors of their own', async ({ skip }) => {
    if (missing || !service) return skip(missing)
    await expect(model.chatJson({ ...ask, user: 'word '.repeat(5000), numCtx: 512 })).rejects.toMatchObject({
      code: 'context_exceeded',
      retriable: false,
    })
    await expect(openOllama({ ...service.endpoint, model: 'none', clock: systemClock })).rejects.toMatchObject({
      code: 'model_missing',
    })
    await expect(model.chatJson({ ...ask, timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout', retriable: true })
  })
})

test('a server that is not there, and one that is busy, may be asked again', async () => {
  await expect(openOllama({ url: 'http://127.0.0.1:9', model: 'm', clock: systemClock })).rejects.toMatchObject({
    code: 'unavailable',
    retriable: true,
  })
  const server = createServer((_request, response) => response.writeHead(503).end('{"error":"server busy"}')).listen(
    0,
    '127.0.0.1',
  )
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await expect(openOllama({ url, model: 'm', clock: systemClock })).rejects.toMatchObject({
    code: 'busy',
    retriable: true,
  })
  server.closeAllConnections()
  server.close()
})
