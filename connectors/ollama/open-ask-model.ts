import type { Clock } from '../../streams/index.ts'
import { OllamaError } from './ollama-error.ts'
import { type OllamaModel, openOllama } from './open-ollama.ts'

export interface AskModelOptions {
  readonly url: string
  readonly clock: Clock
  /** 8,192 unless given. */
  readonly numCtx?: number
  /** 90 s unless given. */
  readonly timeoutMs?: number
}

/** What the extractor asks, as far as the model needs it. */
export interface AskRequest {
  readonly model: string
  readonly system: string
  readonly prompt: string
  readonly schema: Readonly<Record<string, unknown>>
  /** 1, and 2 for a repair, which gets another seed. */
  readonly attempt: number
}

const NUM_CTX = 8192
const TIMEOUT_MS = 90_000

/**
 * Asks models of one server. A model is checked at its first use, and again after a failed check. Throws OllamaError;
 * an answer that is cut off or no JSON has no `json`.
 */
export function openAskModel(
  options: AskModelOptions,
): (request: AskRequest) => Promise<{ readonly json: unknown; readonly modelDigest: string }> {
  const opened = new Map<string, Promise<{ readonly model: OllamaModel; readonly digest: string }>>()
  const openModel = (name: string): Promise<{ readonly model: OllamaModel; readonly digest: string }> => {
    const known = opened.get(name)
    if (known) return known
    const opening = openOllama({ ...options, model: name }).then(async (model) => ({
      model,
      digest: await model.digest(),
    }))
    opened.set(name, opening)
    opening.catch(() => opened.delete(name))
    return opening
  }
  return async ({ model: name, system, prompt, schema, attempt }) => {
    if (name === '') throw new OllamaError('model_missing', 'no model is named: set OLLAMA_MODEL')
    const { model, digest } = await openModel(name)
    const answer = await model.chatJson({
      system,
      user: prompt,
      schema,
      seed: attempt,
      numCtx: options.numCtx ?? NUM_CTX,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    })
    return { json: answer.json, modelDigest: digest }
  }
}
