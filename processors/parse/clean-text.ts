/** Zero-width, bidirectional control, tag and soft-hyphen characters: they change what is read, not what is seen. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|\udb40[\udc00-\udc7f]/g
const UNTIDY =
  /[\u00a0\r\t\f\v\u2007\u202f]|\x20\x20|\x20\n|\n\x20|\n\n\n|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|\udb40/

export interface CleanText {
  readonly text: string
  readonly invisibleRemoved: boolean
}

/** Invisible characters removed, runs of blanks folded, at most one blank line in a row, ends trimmed. */
export function cleanText(raw: string): CleanText {
  const nfc = raw.normalize('NFC')
  if (!UNTIDY.test(nfc)) return { text: nfc.trim(), invisibleRemoved: false }
  const visible = nfc.replace(INVISIBLE, '')
  const text = visible
    .replace(/\r\n?/g, '\n')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  return { text, invisibleRemoved: visible.length !== nfc.length && !/^\ufeff/.test(raw) }
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  rsquo: '’',
  lsquo: '‘',
  hellip: '…',
}

/** Named entities of everyday text and all numeric ones; others stay as they are. */
export const decodeEntities = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,6}));/gi, (whole, hex, dec, name) => {
        const code = hex ? Number.parseInt(hex, 16) : dec ? Number(dec) : -1
        if (code > 0 && code <= 0x10ffff) return String.fromCodePoint(code)
        return ENTITIES[String(name).toLowerCase()] ?? whole
      })
    : text

const MARKERS: Readonly<Record<string, string>> = {
  en: 'the of and to in is for on with that by from at it as are after its says up down will this new be',
  es: 'el los las una por con para que del su más esta como pero sus al nos',
  de: 'der die das und ist nicht mit von für auf dem den ein eine wird nach bei',
  fr: 'le les des une est pour dans avec sur qui pas du aux au plus ses',
  pt: 'os as uma não com para do da dos das em mais seu pelo',
}
const LANGUAGE_OF = new Map<string, string>()
for (const [language, words] of Object.entries(MARKERS)) {
  for (const word of words.split(' ')) if (!LANGUAGE_OF.has(word)) LANGUAGE_OF.set(word, language)
}

/** The language its function words show, from the first 600 characters; null where they show none. */
export function languageOf(text: string): string | null {
  const counts: Record<string, number> = {}
  for (const word of text
    .slice(0, 600)
    .toLowerCase()
    .match(/\p{L}+/gu) ?? []) {
    const language = LANGUAGE_OF.get(word)
    if (language) counts[language] = (counts[language] ?? 0) + 1
  }
  const [best] = Object.entries(counts).sort((a, b) => b[1] - a[1])
  if (!best) return null
  if (best[0] !== 'en' && best[1] < 2) return null
  return best[0] !== 'en' && (counts['en'] ?? 0) >= best[1] - 1 ? 'en' : best[0]
}
