import type { Bar, RawClaims } from '../../schemas/index.ts'
import type { HttpAnswer, Validators } from '../http/http-answer.ts'

/** Raw bytes with what their publisher claims; `sidecar` are facts of the fetch. */
export interface FetchedDocument {
  readonly bytes: Uint8Array
  readonly claims: RawClaims
  readonly sidecar: Readonly<Record<string, string>>
}

/** What a fetch brought, or why it brought nothing. */
export type FetchResult =
  | {
      readonly kind: 'fetched'
      readonly documents: readonly FetchedDocument[]
      readonly bars: readonly Bar[]
      /** Where the next page begins; fetch again with it as the job's cursor. */
      readonly nextCursor: string | null
      /** True where the vendor's plan shows prices late. */
      readonly delayed: boolean
    }
  | { readonly kind: 'empty' | 'unchanged' | 'refused' | 'outage'; readonly reason: string }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number; readonly reason: string }

/** Every answer that is not content is a result of its own. */
export const withoutContent = (answer: Exclude<HttpAnswer, { kind: 'content' }>): FetchResult => answer

export const fetched = (found: Partial<Extract<FetchResult, { kind: 'fetched' }>>): FetchResult => ({
  kind: 'fetched',
  documents: [],
  bars: [],
  nextCursor: null,
  delayed: false,
  ...found,
})

/**
 * What earlier jobs saw. A job never meets its own traces: if it is tried again because its records were not
 * committed, it fetches everything again.
 */
export class FetchMemory {
  private readonly pages = new Map<string, { readonly jobId: string; readonly validators: Validators }>()
  private readonly items = new Map<string, string>()
  private readonly maxItems: number

  constructor(maxItems: number = 50_000) {
    this.maxItems = maxItems
  }

  validatorsFor(url: string, jobId: string): { readonly validators?: Validators } {
    const page = this.pages.get(url)
    return page && page.jobId !== jobId ? { validators: page.validators } : {}
  }

  rememberPage(url: string, jobId: string, validators: Validators): void {
    this.pages.set(url, { jobId, validators })
  }

  sawItem(id: string, jobId: string): boolean {
    const by = this.items.get(id)
    return by !== undefined && by !== jobId
  }

  rememberItem(id: string, jobId: string): void {
    this.items.set(id, jobId)
    if (this.items.size <= this.maxItems) return
    const [oldest] = this.items.keys()
    if (oldest !== undefined) this.items.delete(oldest)
  }
}
