import type { Company, RawDocument } from '../../schemas/index.ts'
import { defineProcessor, type InputRecord, type Processor, type ProcessorContext } from '../../streams/index.ts'
import { type CompanyIndex, indexCompanies } from './company-index.ts'
import { parseDocument } from './parse-document.ts'

export interface ParsePorts {
  /** Raw bytes of a document too large to travel with its record. Rejects where there are none under the key. */
  readRaw(objectKey: string): Promise<Uint8Array>
}

/** documents.raw to documents.parsed. A document whose bytes travel with it is parsed at once, without a promise. */
export const parse = defineProcessor<Record<never, never>, ParsePorts>({
  type: 'parse',
  summary: 'Turns raw bytes into canonical text with the companies it names.',
  records: {
    reads: [{ schema: 'RawDocument' }],
    tables: { companies: 'Company' },
    writes: [{ schema: 'ParsedDocument' }],
  },
  fields: {},
  create: (_config, ports) => createParse(ports),
})

function createParse(ports: ParsePorts): Processor {
  let index: CompanyIndex | undefined
  let indexVersion = -1
  const currentIndex = (context: ProcessorContext): CompanyIndex => {
    const table = context.table<Company>('companies')
    if (!index || table.version !== indexVersion) {
      index = indexCompanies([...table.entries()].map(([, company]) => company))
      indexVersion = table.version
    }
    return index
  }
  const forward = (record: InputRecord, raw: RawDocument, body: string, context: ProcessorContext): void => {
    const parsed = parseDocument(raw, body, currentIndex(context))
    context.forward({ key: record.key, value: parsed, timestampMs: parsed.known_at })
  }
  return {
    process(record, context) {
      const raw = record.value as RawDocument | undefined
      if (raw === undefined) return undefined
      if (raw.body !== null) return forward(record, raw, raw.body, context)
      return ports
        .readRaw(raw.object_key)
        .then((bytes) => forward(record, raw, new TextDecoder().decode(bytes), context))
    },
  }
}
