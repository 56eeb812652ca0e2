import { intentHashOf, type OrderIntent, type RiskCheckRequest, type RiskVerdict } from '../../schemas/index.ts'
import { deniedHere } from './decisions.ts'

export interface TradePorts {
  /** Asks the risk engine. Throws where no verdict came; nothing is sent then. */
  readonly checkRisk: (request: RiskCheckRequest) => Promise<RiskVerdict>
}

/** The verdict on an intent. Whatever goes wrong is a denial: no answer, other terms than these, or one too old. */
export async function askRisk(
  intent: OrderIntent,
  request: RiskCheckRequest,
  atMs: number,
  ports: TradePorts,
): Promise<RiskVerdict> {
  const denied = (code: Parameters<typeof deniedHere>[2], message: string): RiskVerdict =>
    deniedHere(intent, atMs, code, message, request.simulated)
  let verdict: RiskVerdict
  try {
    verdict = await ports.checkRisk(request)
  } catch (error) {
    return denied('RISK_UNREACHABLE', error instanceof Error ? error.message : String(error))
  }
  if (verdict.decision !== 'approved') return verdict
  if (verdict.intent_hash !== intentHashOf(intent))
    return denied('VERDICT_MISMATCH', `verdict ${verdict.verdict_id} is about other terms than were asked for`)
  if (verdict.expires_at < atMs) return denied('VERDICT_EXPIRED', `verdict ${verdict.verdict_id} is void already`)
  return verdict
}
