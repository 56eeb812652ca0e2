export { type IngestPorts, type IngestResult, ingestProcessor } from './ingest-processor.ts'
