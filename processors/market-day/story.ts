import type { InventedCompany } from './invented-companies.ts'
import { BROKERS } from './news-desks.ts'
import type { Random } from './random.ts'
import type { StoryKind } from './story-kind.ts'

/** Something that happens to a company, before anybody writes about it. */
export interface Story {
  readonly company: InventedCompany
  readonly kind: StoryKind
  /** Epoch milliseconds of the first report. */
  readonly atMs: number
  /** Move in percent once it is known; 0 where the market shrugs. */
  readonly movePercent: number
  readonly facts: Readonly<Record<string, string>>
}

export function storyOf(
  random: Random,
  company: InventedCompany,
  kind: StoryKind,
  atMs: number,
  other: string,
  shrug: boolean,
): Story {
  const low = random.between(0.4, 2.2)
  const target = random.whole(40, 180)
  const facts = {
    name: company.name,
    legal: company.legalName,
    sym: company.symbol,
    product: company.product,
    chief: company.chief,
    other,
    broker: random.pick(BROKERS),
    lo: low.toFixed(2),
    hi: (low * random.between(1.07, 1.3)).toFixed(2),
    pct: String(random.whole(8, 38)),
    small: random.between(0.4, 2.8).toFixed(1),
    bn: random.between(1.1, 6.5).toFixed(1),
    mn: String(random.whole(4, 90) * 10),
    tgt: String(target),
    was: String(Math.round(target * random.between(0.75, 0.9))),
  }
  const size = shrug ? 0 : kind.movePercent * random.between(0.7, 1.3)
  return { company, kind, atMs, movePercent: kind.sign * size, facts }
}

/** Fills the braces of a template. Throws where a fact is missing. */
export const fill = (template: string, facts: Story['facts']): string =>
  template.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const fact = facts[name]
    if (fact === undefined) throw new Error(`the template needs {${name}}: ${template}`)
    return fact
  })

const ANGLES: readonly (readonly string[])[] = [
  ['The release came before most desks had finished their coffee.', 'A call with analysts follows in the afternoon.'],
  [
    'Traders in {name} had been positioned for something else, two of them told this desk.',
    'The sector has had a mixed month, and {sym} is among its most traded members.',
  ],
  [
    'Readers of this paper will remember how {chief} described {product} in the spring as the heart of the business.',
    'Neighbouring firms make similar {product}, though none at this scale.',
    'A spokesperson answered questions by telephone.',
  ],
]

/**
 * An article of its own about a story. Each `variant` takes other words and another angle, so that two desks on one
 * story are two texts, not copies.
 */
export function articleOf(
  random: Random,
  story: Story,
  variant: number,
): { readonly title: string; readonly body: string } {
  const { kind, facts } = story
  const details = kind.details.filter((_, i) => i % 2 === variant % 2 || random.chance(0.25))
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
  const lead = kind.leads[variant % kind.leads.length] ?? ''
  const angle = ANGLES[variant % ANGLES.length] ?? []
  const parts =
    variant === 2
      ? [angle[0] ?? '', lead, details.join(' '), angle.slice(1).join(' ')]
      : [lead, details.join(' '), angle.join(' ')]
  const body = parts
    .filter(Boolean)
    .map((part) => capital(fill(part, facts)))
    .join('\n\n')
  const headline = kind.headlines[(variant + story.company.symbol.charCodeAt(0)) % kind.headlines.length] ?? ''
  return { title: capital(fill(headline, facts)), body }
}
