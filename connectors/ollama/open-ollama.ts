import { Ollama } from 'ollama'
import type { Clock } from '../../streams/index.ts'
import { OllamaError, toOllamaError } from './ollama-error.ts'

export interface OllamaOptions {
  /** `http://ollama:11434`. */
  readonly url: string
  /** Name and tag, `llama3.1:8b`. */
  readonly model: string
  readonly clock: Clock
  /** How long the model stays loaded after an answer; 30m unless given. */
  readonly keepAlive?: string
}

export interface ChatJsonRequest {
  readonly system: string
  readonly user: string
  /** JSON Schema the answer must fit. The model does not see it: say it in the prompt as well. */
  readonly schema: Readonly<Record<string, unknown>>
  readonly seed: number
  /** Tokens of context, prompt and answer together. */
  readonly numCtx: number
  /** Most tokens of an answer; what the context leaves unless given. */
  readonly maxTokens?: number
  readonly timeoutMs: number
}

export interface ChatJsonAnswer {
  readonly text: string
  /** The text parsed; undefined where it is not JSON or was cut off. */
  readonly json: unknown
  readonly promptTokens: number
  readonly outputTokens: number
  /** `stop`, or `length` where the answer was cut off. */
  readonly doneReason: string
  readonly latencyMs: number
}

/** One model on one server. */
export interface OllamaModel {
  readonly model: string
  /** What the model is, whatever its tag says tomorrow: hex SHA-256. Throws OllamaError. */
  digest(): Promise<string>
  /** Version of the server. */
  version(): Promise<string>
  /** Asks at temperature 0. Throws OllamaError where there is no answer; an answer that is no JSON is an answer. */
  chatJson(request: ChatJsonRequest): Promise<ChatJsonAnswer>
}

const DIGEST_TIMEOUT_MS = 10_000
const CANARY_TIMEOUT_MS = 120_000
const KEEP_ALIVE = '30m'

/** Checks that the server has the model and that it keeps to a schema, then gives it. Throws OllamaError saying what is missing. */
export async function openOllama(options: OllamaOptions): Promise<OllamaModel> {
  const model = connect(options)
  await model.digest()
  await runCanary(model, options)
  return model
}

function connect(options: OllamaOptions): OllamaModel {
  const where = `Ollama at ${options.url}, model ${options.model}`
  const attempt = async <T>(timeoutMs: number, work: (client: Ollama) => Promise<T>): Promise<T> => {
    const signal = AbortSignal.timeout(timeoutMs)
    const client = new Ollama({ host: options.url, fetch: (input, init) => fetch(input, { ...init, signal }) })
    try {
      return await work(client)
    } catch (error) {
      throw toOllamaError(error, where)
    }
  }
  return {
    model: options.model,
    digest: () =>
      attempt(DIGEST_TIMEOUT_MS, async (client) => {
        const { models } = await client.list()
        const wanted = options.model.includes(':') ? options.model : `${options.model}:latest`
        const found = models.find(({ name }) => name === wanted)
        if (found) return found.digest
        const names = models.map(({ name }) => name).join(', ') || 'none'
        throw new OllamaError(
          'model_missing',
          `${where}: not there (it has ${names}). Fetch it with: ollama pull ${options.model}`,
        )
      }),
    version: () => attempt(DIGEST_TIMEOUT_MS, async (client) => (await client.version()).version),
    chatJson: (request) => attempt(request.timeoutMs, (client) => chat(client, request, options)),
  }
}

async function chat(client: Ollama, request: ChatJsonRequest, options: OllamaOptions): Promise<ChatJsonAnswer> {
  const startedMs = options.clock.now()
  const asked = {
    model: options.model,
    stream: false as const,
    format: request.schema,
    keep_alive: options.keepAlive ?? KEEP_ALIVE,
    messages: [
      { role: 'system', content: request.system },
      { role: 'user', content: request.user },
    ],
    // A prompt that does not fit is an error here, not a prompt with its middle missing.
    truncate: false,
    shift: false,
    options: {
      temperature: 0,
      top_k: 1,
      seed: request.seed,
      num_ctx: request.numCtx,
      ...(request.maxTokens !== undefined && { num_predict: request.maxTokens }),
    },
  }
  const answer = await client.chat(asked)
  const text = answer.message.content
  return {
    text,
    json: answer.done_reason === 'stop' ? parsed(text) : undefined,
    promptTokens: answer.prompt_eval_count ?? 0,
    outputTokens: answer.eval_count ?? 0,
    doneReason: answer.done_reason,
    latencyMs: options.clock.now() - startedMs,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const CANARY = {
  type: 'object',
  properties: { answer: { type: 'string', enum: ['yes', 'no'] } },
  required: ['answer'],
  additionalProperties: false,
} as const

/** Some models ignore the schema: better known at start than after a thousand documents. */
async function runCanary(model: OllamaModel, options: OllamaOptions): Promise<void> {
  const { text, json } = await model.chatJson({
    system: 'Answer with a JSON object {"answer": "yes"} or {"answer": "no"} and nothing else.',
    user: 'Is water wet?',
    schema: CANARY,
    seed: 1,
    numCtx: 1024,
    maxTokens: 200,
    timeoutMs: CANARY_TIMEOUT_MS,
  })
  const answer = (json as { answer?: unknown } | undefined)?.answer
  if (answer === 'yes' || answer === 'no') return
  throw new OllamaError(
    'canary_failed',
    `Ollama at ${options.url}: ${options.model} does not keep to a JSON schema, it answered ${JSON.stringify(text.slice(0, 80))}. Choose another model`,
  )
}
