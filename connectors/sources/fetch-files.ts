import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, resolve, sep } from 'node:path'
import { type IngestionJob, sha256Hex } from '../../schemas/index.ts'
import { type FetchedDocument, type FetchResult, fetched } from './fetch-result.ts'
import type { SourcePorts } from './source-ports.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.htm': 'text/html',
  '.txt': 'text/plain',
  '.xml': 'application/xml',
  '.md': 'text/plain',
}
const FILE_MAX_BYTES = 10 * 1024 * 1024

/** Documents in a file, or in the files of a folder, below the one folder that may be read. */
export async function fetchFiles(job: IngestionJob, ports: SourcePorts): Promise<FetchResult> {
  if (!ports.filesFolder)
    return { kind: 'refused', reason: `source ${job.source_id}: no folder is set from which files may be read` }
  const root = resolve(ports.filesFolder)
  const path = resolve(root, (job.url ?? '').replace(/^file:\/*/, ''))
  if (path !== root && !path.startsWith(root + sep))
    return { kind: 'refused', reason: `${job.url} lies outside ${root}` }
  if (!existsSync(path)) return { kind: 'outage', reason: `${path} is not there` }
  const names = statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .map((name) => join(path, name))
    : [path]
  const documents = names.flatMap((name) => readDocument(name, root, job, ports))
  if (documents.length === 0) return { kind: 'unchanged', reason: `${path}: no file that was not seen before` }
  return fetched({ documents })
}

function readDocument(path: string, root: string, job: IngestionJob, ports: SourcePorts): FetchedDocument[] {
  const contentType = TYPES[extname(path).toLowerCase()]
  const stat = statSync(path)
  if (contentType === undefined || !stat.isFile() || stat.size === 0 || stat.size > FILE_MAX_BYTES) return []
  const bytes = readFileSync(path)
  const name = path.slice(root.length + 1)
  const seen = `${job.source_id} ${name} ${sha256Hex(bytes)}`
  if (ports.memory.sawItem(seen, job.job_id)) return []
  ports.memory.rememberItem(seen, job.job_id)
  const claims = {
    sourceId: job.source_id,
    sourceType: 'press',
    sourceOwner: job.source_owner,
    contentType,
    publishedAt: Math.floor(stat.mtimeMs),
    receivedAt: ports.clock.now(),
    jobId: job.job_id,
    publisherId: name,
  }
  return [{ bytes, claims, sidecar: { file: name } }]
}
