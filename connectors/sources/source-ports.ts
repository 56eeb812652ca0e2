import type { Clock } from '../../streams/index.ts'
import type { PoliteFetch } from '../http/http-answer.ts'
import type { FetchMemory } from './fetch-result.ts'

/** What fetching a source takes. */
export interface SourcePorts {
  readonly fetch: PoliteFetch
  readonly clock: Clock
  readonly memory: FetchMemory
  /** The key of Massive's API; without one its sources are refused. */
  readonly massiveApiKey?: string
  /** The only folder that file sources may read. */
  readonly filesFolder?: string
}
