// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a dollar sign before a placeholder is money or a cashtag
import type { StoryKind } from './story-kind.ts'

export const BAD_NEWS: readonly StoryKind[] = [
  {
    kind: 'earnings_miss',
    sign: -1,
    movePercent: 5,
    origin: 'issuer',
    headlines: [
      '{name} misses estimates as {product} demand weakens',
      '{name} profit falls {pct}% on higher costs',
      '{name} swings to a loss as orders dry up',
    ],
    leads: [
      '{legal} (NASDAQ: {sym}) reported earnings per share of ${lo}, below the consensus of ${hi}, as revenue fell {pct}% to ${bn} billion.',
      '{legal} (NASDAQ: {sym}) said quarterly profit declined {pct}%, missing analyst expectations, on weak demand for {product}.',
    ],
    details: [
      '"The quarter was disappointing," said {chief}, chief executive.',
      'Costs rose faster than sales.',
      'Gross margin narrowed by {small} percentage points.',
      'Inventories of {product} increased.',
    ],
    posts: [
      '${sym} big miss, margins fell',
      'ugly quarter for {name}, revenue down {pct}%',
      '${sym} disappointing, sold mine',
    ],
  },
  {
    kind: 'guidance_cut',
    sign: -1,
    movePercent: 6,
    origin: 'issuer',
    headlines: [
      '{name} cuts full-year outlook',
      '{name} warns on profit as {product} orders slow',
      '{name} lowers guidance, shares slide',
    ],
    leads: [
      '{legal} (NASDAQ: {sym}) lowered its full-year earnings guidance to ${lo} from ${hi} a share.',
      '{legal} (NASDAQ: {sym}) warned that profit would fall short of estimates because customers delayed orders of {product}.',
    ],
    details: [
      'Two large customers cancelled orders, the company said.',
      '{chief}, chief executive, said the recovery would be slower than expected.',
      'Analysts called the cut severe.',
    ],
    posts: ['${sym} cuts guidance. bearish', 'profit warning at {name}, avoid', '${sym} outlook slashed to ${lo}'],
  },
  {
    kind: 'downgrade',
    sign: -1,
    movePercent: 2.2,
    origin: 'wire',
    headlines: [
      '{broker} downgrades {name} to Sell',
      '{name} downgraded to Underperform at {broker}',
      '{broker} turns cautious on {name}, cuts price target to ${was}',
    ],
    leads: [
      '{broker} downgraded {name} (NASDAQ: {sym}) to Sell from Hold and cut its price target to ${was} from ${tgt}.',
      'Analysts at {broker} downgraded {name} (NASDAQ: {sym}), seeing weaker demand for {product}.',
    ],
    details: [
      'They expect costs to rise through next year.',
      'The stock looks expensive against its peers, they wrote.',
    ],
    posts: ['${sym} downgraded, weak', '{broker} downgrade on ${sym}'],
  },
  {
    kind: 'litigation',
    sign: -1,
    movePercent: 3.5,
    origin: 'press',
    headlines: [
      '{name} sued over {product}',
      'Regulators investigate {name} over safety of {product}',
      'Class action accuses {name} of misleading investors',
    ],
    leads: [
      '{name} (NASDAQ: {sym}) faces a lawsuit that accuses it of hiding defects in {product}.',
      'A federal agency opened an investigation of {name} (NASDAQ: {sym}) over complaints about {product}.',
    ],
    details: [
      'The plaintiffs seek ${mn} million in damages.',
      'The company called the allegations false.',
      'A hearing is set for next month.',
    ],
    posts: ['${sym} under investigation, not good', 'lawsuit against {name}, risk for ${sym}'],
  },
  {
    kind: 'recall',
    sign: -1,
    sectors: ['Industrials', 'Healthcare', 'Consumer Discretionary', 'Consumer Staples', 'Technology'],
    movePercent: 4,
    origin: 'regulator',
    headlines: [
      '{name} recalls {product} after failures',
      'Safety agency orders recall at {name}',
      '{name} halts deliveries of {product}',
    ],
    leads: [
      '{legal} (NASDAQ: {sym}) is recalling {product} after reports of failures, the safety agency said.',
      'The safety agency ordered {legal} (NASDAQ: {sym}) to recall {product} sold since January.',
    ],
    details: [
      'The recall will cost about ${mn} million.',
      'Production is suspended for two weeks.',
      'No injuries were reported.',
    ],
    posts: ['${sym} recall, ouch', '{name} recalls {product}, weak hands out of ${sym}'],
  },
  {
    kind: 'management',
    sign: -1,
    movePercent: 1.5,
    origin: 'regulator',
    headlines: [
      '{name} finance chief resigns',
      '{name} chief executive {chief} steps down',
      '{name} says two directors depart',
    ],
    leads: [
      '{legal} (NASDAQ: {sym}) said its chief financial officer resigned with immediate effect.',
      '{chief} resigned as chief executive of {legal} (NASDAQ: {sym}), the company said in a filing.',
    ],
    details: ['An interim successor was named.', 'The company gave no reason.'],
    posts: ['cfo out at ${sym}, worried', '{name} management departs ${sym}'],
  },
]
