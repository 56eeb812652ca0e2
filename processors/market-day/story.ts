import type { InventedCompany } from './invented-companies.ts'
import { BROKERS } from './news-desks.ts'
import type { Random } from './random.ts'
import type { StoryKind } from './story-kinds.ts'

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

/** An article of its own about a story: headline and body in other words each time. */
export function articleOf(random: Random, story: Story): { readonly title: string; readonly body: string } {
  const { kind, facts } = story
  const details = [...kind.details].sort(() => random.next() - 0.5).slice(0, random.whole(1, kind.details.length))
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
  const body = [random.pick(kind.leads), details.join(' ')].map((part) => capital(fill(part, facts))).join('\n\n')
  return { title: capital(fill(random.pick(kind.headlines), facts)), body }
}
