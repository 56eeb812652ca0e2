import type { Company, ParsedDocument } from '../../schemas/index.ts'
import { type Outcome, rulesOutcome, type Subject } from './extraction-record.ts'
import {
  ANSWER_SCHEMA,
  claimsFromAnswer,
  type ModelAnswer,
  type ModelRequest,
  PROMPT_VERSION,
  systemPrompt,
  userPrompt,
} from './model-answer.ts'
import { idOf, readClaims } from './read-claims.ts'

export type AskModel = (request: ModelRequest) => Promise<ModelAnswer>
const TEXT_MAX = 24_000

/** A model's claims about one company; one repair where the answer does not fit, then the rules, marked degraded. */
export async function askForClaims(
  document: ParsedDocument,
  subject: Subject,
  company: Company | undefined,
  model: string,
  ask: AskModel,
): Promise<Outcome> {
  const text = document.text.slice(0, TEXT_MAX)
  const companyName = company?.name ?? subject.symbol
  let repair: string | undefined
  for (const attempt of [1, 2]) {
    try {
      const answer = await ask({
        model,
        system: systemPrompt(),
        prompt: userPrompt(text, subject.symbol, companyName, repair),
        schema: ANSWER_SCHEMA,
        text,
        symbol: subject.symbol,
        companyName,
        attempt,
      })
      return outcomeOf(answer, document, subject, model)
    } catch (error) {
      repair = (error as Error).message
    }
  }
  return rulesInstead(document, subject)
}

/** What the rules read where a model was to, marked so. */
export const rulesInstead = (document: ParsedDocument, subject: Subject): Outcome =>
  rulesOutcome(readClaims(document).get(subject.companyId), true)

function outcomeOf(answer: ModelAnswer, document: ParsedDocument, subject: Subject, model: string): Outcome {
  const claims = claimsFromAnswer(answer.json, document, subject.companyId)
  const weight = claims.reduce((sum, claim) => sum + claim.confidence, 0)
  const mean = claims.reduce((sum, claim) => sum + claim.sentiment * claim.confidence, 0) / Math.max(weight, 1e-9)
  const schema = idOf(JSON.stringify(ANSWER_SCHEMA)).slice(0, 8)
  return {
    extractor: 'ollama',
    version: `${answer.modelDigest.slice(0, 12)}/${PROMPT_VERSION}/${schema}`,
    model,
    degraded: false,
    claims,
    sentiment: claims.length > 0 ? mean : null,
    confidence: claims.length > 0 ? weight / claims.length : null,
    abstainReason: claims.length > 0 ? null : 'no_claim',
    injection: false,
  }
}
