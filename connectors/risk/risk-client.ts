import {
  type AvroRecord,
  jsonCodec,
  loadAvroSchemas,
  type RiskCheckRequest,
  type RiskVerdict,
} from '../../schemas/index.ts'
import type { Clock } from '../../streams/index.ts'

export interface RiskClientOptions {
  /** Where the risk engine listens, asked with every check; `/v1/checks` is added. */
  readonly url: () => string
  readonly clock: Clock
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 3_000
const WAITS_MS = [0, 250, 1_000]

/** The risk engine gave no verdict; the caller must treat the intent as denied. */
export class RiskUnreachableError extends Error {
  override readonly name = 'RiskUnreachableError'
}

/**
 * Asks the risk engine over HTTP. A verdict is stored there under its intent, so asking again is safe: transport errors
 * and 5xx are tried three times. Throws RiskUnreachableError where no verdict came; nothing may be sent then.
 */
export function openRiskClient(options: RiskClientOptions): (request: RiskCheckRequest) => Promise<RiskVerdict> {
  const codec = jsonCodec(loadAvroSchemas().get('RiskVerdict') as AvroRecord)
  return async (request) => {
    const url = `${options.url()}/v1/checks`
    const body = JSON.stringify(request)
    let cause = ''
    for (const waitMs of WAITS_MS) {
      if (waitMs > 0) await options.clock.sleep(waitMs)
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': request.intent.intent_id },
          body,
          signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
          redirect: 'error',
        })
        if (response.ok) return codec.fromJson(await response.json()) as RiskVerdict
        cause = `${response.status} ${(await response.text()).slice(0, 300)}`
        if (response.status < 500) break
      } catch (error) {
        cause = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message
      }
    }
    throw new RiskUnreachableError(`no verdict from the risk engine at ${url}: ${cause}`)
  }
}
