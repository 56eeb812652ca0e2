/** Numbers compared in a sentence: what it was, against what, and the sign of the difference. */
export interface Comparison {
  readonly slots: Readonly<Record<string, string>>
  /** -3 to 3, by relative surprise: under 1 % 0.5, under 5 % 1.5, else 2.5; null where nothing is compared. */
  readonly polarity: number | null
}
const AMOUNT = String.raw`(?:US\$|\$|€|£|Rs\.? ?)?(-?\d[\d,]*(?:\.\d+)?)\s?(trillion|billion|million|crore|bn|mln|mn|b|m)?\b`
const AGAINST = new RegExp(
  String.raw`\b(EPS|earnings per share|earnings|profit|revenue|sales|net income)\b[^.;]{0,40}?${AMOUNT}[^;]{0,30}?\b(?:vs\.?|versus|against|compared (?:with|to)|(?:above|below|beating|beat|missing|topping|exceeding) (?:the )?(?:consensus|estimates?|expectations?)?(?: of)?|consensus(?: of)?|estimates? of|expected)\s*(?:an? |the )?(?:estimates?|consensus|expected)?(?: of)?\s*${AMOUNT}`,
  'i',
)
const FROM_TO = new RegExp(
  String.raw`\bto ${AMOUNT}[^.;]{0,12}?\bfrom ${AMOUNT}|\bfrom ${AMOUNT}[^.;]{0,12}?\bto ${AMOUNT}`,
  'i',
)
const PERCENT =
  /\b(EPS|profit|revenue|sales|net income|income|earnings|margins?|orders|shares?|stock)\b[^.;,]{0,40}?\b(rose|fell|up|down|grew|jumped|climbed|dropped|declined|surged|gained|lost|increased|decreased|slid|tumbled|plunged)\b[^.;]{0,12}?(\d[\d,]*(?:\.\d+)?) ?(?:%|percent|per cent|pc)/i
const SCALE: Readonly<Record<string, number>> = {
  trillion: 1e12,
  billion: 1e9,
  bn: 1e9,
  b: 1e9,
  million: 1e6,
  mln: 1e6,
  mn: 1e6,
  m: 1e6,
  crore: 1e7,
}

export function comparisonOf(sentence: string): Comparison {
  if (!/\d/.test(sentence)) return { slots: {}, polarity: null }
  const against = AGAINST.exec(sentence)
  if (against) {
    const [, metric = '', value = '', unit, consensus = '', consensusUnit] = against
    const slots = { metric: metric.toLowerCase(), value, consensus, ...(unit ? { unit } : {}), comparator: 'consensus' }
    return { slots, polarity: surprise(scaled(value, unit ?? consensusUnit), scaled(consensus, consensusUnit ?? unit)) }
  }
  const change = FROM_TO.exec(sentence)
  if (change && /target|guidance|forecast|outlook|dividend|rating/i.test(sentence)) {
    const [value = '', unit, prior = '', priorUnit] = change[1]
      ? change.slice(1, 5)
      : [change[7] ?? '', change[8], change[5] ?? '', change[6]]
    const slots = { value, prior, ...(unit ? { unit } : {}), comparator: 'prior' }
    return { slots, polarity: surprise(scaled(value, unit ?? priorUnit), scaled(prior, priorUnit ?? unit)) }
  }
  const percent = PERCENT.exec(sentence)
  if (percent)
    return {
      slots: {
        metric: (percent[1] ?? '').toLowerCase(),
        value: percent[3] ?? '',
        unit: '%',
        comparator: (percent[2] ?? '').toLowerCase(),
      },
      polarity: null,
    }
  return { slots: {}, polarity: null }
}

const scaled = (text: string, unit: string | undefined): number =>
  Number(text.replaceAll(',', '')) * (SCALE[(unit ?? '').toLowerCase()] ?? 1)

function surprise(actual: number, expected: number): number | null {
  if (!Number.isFinite(actual) || !Number.isFinite(expected) || expected === 0) return null
  const relative = (actual - expected) / Math.abs(expected)
  // Further apart than ten times is a unit mismatch or two different quantities.
  if (Math.abs(relative) > 10) return null
  const size = Math.abs(relative)
  return Math.sign(relative) * (size === 0 ? 0 : size < 0.01 ? 0.5 : size < 0.05 ? 1.5 : 2.5)
}
