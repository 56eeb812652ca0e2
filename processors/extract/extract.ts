import type { Company, Extraction, ParsedDocument } from '../../schemas/index.ts'
import { defineProcessor, field, type ProcessorContext } from '../../streams/index.ts'
import { type AskModel, askForClaims } from './ask-for-claims.ts'
import { extractByRules, extractionOf, refusal, subjectsOf } from './extraction-record.ts'

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

/** documents.parsed to extractions: what each document states about each company, with the words that say so. */
export const extract = defineProcessor<typeof fields, ExtractPorts>({
  type: 'extract',
  summary: 'Reads what a document states about each company it names, with quotations.',
  fields,
  create(config, ports) {
    const ask = config.extractor === 'ollama' ? ports.askModel : undefined
    if (config.extractor === 'ollama' && !ask) {
      throw new TypeError(
        'extract: extractor is ollama but no model is connected; set OLLAMA_URL or use extractor: rules',
      )
    }
    return {
      process(record, context) {
        const document = record.value as ParsedDocument | undefined
        if (document === undefined) return undefined
        if (ask) return askAll(document, config.model, ask, context)
        for (const extraction of extractByRules(document)) forward(extraction, context)
        return undefined
      },
    }
  },
})

async function askAll(
  document: ParsedDocument,
  model: string,
  ask: AskModel,
  context: ProcessorContext,
): Promise<void> {
  const subjects = subjectsOf(document.links)
  if (subjects.length === 0 || refusal(document, subjects)) {
    for (const extraction of extractByRules(document)) forward(extraction, context)
    return
  }
  const companies = context.table<Company>('companies')
  for (const subject of subjects) {
    const outcome = await askForClaims(document, subject, companies.get(subject.companyId), model, ask)
    forward(extractionOf(document, subject, outcome), context)
  }
}

const forward = (extraction: Extraction, context: ProcessorContext): void =>
  context.forward({
    key: extraction.symbol ?? extraction.document_id,
    value: extraction,
    timestampMs: extraction.known_at,
  })
