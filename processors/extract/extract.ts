import type { Company, Extraction, ParsedDocument } from '../../schemas/index.ts'
import {
  type AsyncProcessor,
  type CallContext,
  defineAsyncProcessor,
  field,
  type Processor,
  type ProcessorContext,
} from '../../streams/index.ts'
import { type AskModel, askForClaims, rulesInstead } from './ask-for-claims.ts'
import { extractByRules, extractionOf, refusal, subjectsOf } from './extraction-record.ts'
import type { ModelRequest } from './model-answer.ts'
import { idOf } from './read-claims.ts'

export interface ExtractPorts {
  /** Asks a language model once. Rejects where it cannot; the rules answer then. Needed for `extractor: ollama`. */
  askModel?: AskModel
}
const fields = {
  extractor: field.choice('who reads: our rules, or a model served by Ollama', ['rules', 'ollama'], {
    default: 'rules',
  }),
  model: field.text('model name, for ollama', { default: 'llama3.1:8b' }),
}

/**
 * documents.parsed to extractions: what each document states about each company, with the words that say so. Rules answer at
 * once; a model is called, documents side by side as the topology's `async:` says, and asked the same thing once.
 */
export const extract = defineAsyncProcessor<typeof fields, ExtractPorts>({
  type: 'extract',
  summary: 'Reads what a document states about each company it names, with quotations.',
  records: {
    reads: [{ schema: 'ParsedDocument' }],
    tables: { companies: 'Company' },
    writes: [{ schema: 'Extraction' }],
  },
  fields,
  create(config, ports) {
    if (config.extractor === 'rules') return byRules
    if (ports.askModel) return byModel(config.model, ports.askModel)
    throw new TypeError(
      'extract: extractor is ollama but no model is connected; set OLLAMA_URL or use extractor: rules',
    )
  },
})

const byRules: Processor = {
  process(record, context) {
    if (record.value !== undefined) forwardAll(extractByRules(record.value as ParsedDocument), context)
  },
}

const byModel = (model: string, ask: AskModel): AsyncProcessor => ({
  async call(record, call) {
    if (record.value === undefined) return undefined
    const extractions = await askAll(record.value as ParsedDocument, model, ask, call)
    return (context) => forwardAll(extractions, context)
  },
})

async function askAll(
  document: ParsedDocument,
  model: string,
  ask: AskModel,
  call: CallContext,
): Promise<readonly Extraction[]> {
  const subjects = subjectsOf(document.links)
  if (subjects.length === 0 || refusal(document, subjects)) return extractByRules(document)
  const companies = call.table<Company>('companies')
  const askOnce: AskModel = (request) => {
    call.signal.throwIfAborted()
    return call.once(memoKeyOf(request), () => ask(request))
  }
  const extractions: Extraction[] = []
  for (const subject of subjects) {
    // Whoever has taken too long each time is not waited for once more.
    const outcome =
      call.isLastAttempt && call.attempt > 1
        ? rulesInstead(document, subject)
        : await askForClaims(document, subject, companies.get(subject.companyId), model, askOnce)
    call.signal.throwIfAborted()
    extractions.push(extractionOf(document, subject, outcome))
  }
  return extractions
}

/** All that an answer depends on. */
const memoKeyOf = ({ model, system, prompt, attempt }: ModelRequest): string =>
  idOf(model, system, prompt, String(attempt))

function forwardAll(extractions: readonly Extraction[], context: ProcessorContext): void {
  for (const extraction of extractions) {
    context.forward({
      key: extraction.symbol ?? extraction.document_id,
      value: extraction,
      timestampMs: extraction.known_at,
    })
  }
}
