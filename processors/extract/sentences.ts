export interface Span {
  readonly start: number
  readonly end: number
}
const BREAK = /[.!?]["”’)]?\s+(?=["“(]?[\p{Lu}\d$])|\n+/gu
const ABBREVIATION =
  /(?:^|[\s(])(?:Inc|Corp|Co|Ltd|U\.S|U\.K|No|Mr|Mrs|Ms|Dr|Jr|Sr|St|vs|Rs|Jan|Feb|Aug|Sept|Sep|Oct|Nov|Dec|[A-Z])\.$/
const BOILERPLATE =
  /forward-looking statements?|safe harbor|private securities litigation reform act|not (?:an offer|investment advice)|emerging growth company|check the appropriate box|pursuant to (?:section|rule)|exact name of registrant|commission file number/i

const LONG_CHARS = 4000

/** Sentences by offsets, ends trimmed. Abbreviations do not end one. Safe-harbour and cover-page boilerplate is left out. */
export function sentencesOf(text: string): Span[] {
  const spans: Span[] = []
  const long = text.length > LONG_CHARS
  let start = 0
  const close = (end: number): void => {
    let [from, to] = [start, end]
    while (from < to && /\s/.test(text[from] ?? '')) from += 1
    while (to > from && /\s/.test(text[to - 1] ?? '')) to -= 1
    if (to > from && !isNoise(text.slice(from, to), long)) spans.push({ start: from, end: to })
  }
  for (const match of text.matchAll(BREAK)) {
    const end = match.index + (match[0].startsWith('\n') ? 0 : match[0].trimEnd().length)
    if (!match[0].includes('\n') && ABBREVIATION.test(text.slice(Math.max(0, match.index - 6), match.index + 1)))
      continue
    close(end)
    start = match.index + match[0].length
  }
  close(text.length)
  return spans
}

/** Boilerplate; rows of a table; and in a long text lines that are no sentences, below the title. */
function isNoise(sentence: string, long: boolean): boolean {
  if (sentence.length > 40 && BOILERPLATE.test(sentence)) return true
  const numbers = sentence.match(/\d[\d,.]*/g)?.length ?? 0
  const words = sentence.match(/\p{L}{2,}/gu)?.length ?? 0
  if (numbers >= 3 && numbers * 1.2 > words) return true
  return long && !/[.!?:]["”’)]?$/.test(sentence) && !/^item\b/i.test(sentence)
}
