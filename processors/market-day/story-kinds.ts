// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a dollar sign before a placeholder is money or a cashtag
/** One kind of news: how it sounds, and how far it moves the price. Placeholders in braces are filled in. */
export interface StoryKind {
  readonly kind: string
  readonly sign: 1 | -1 | 0
  /** Typical move in percent. */
  readonly movePercent: number
  /** Where such news starts. */
  readonly origin: 'issuer' | 'regulator' | 'wire' | 'press'
  readonly headlines: readonly string[]
  readonly leads: readonly string[]
  readonly details: readonly string[]
  readonly posts: readonly string[]
}

export const STORY_KINDS: readonly StoryKind[] = [
  {
    kind: 'earnings_beat',
    sign: 1,
    movePercent: 4.5,
    origin: 'issuer',
    headlines: [
      '{name} beats third-quarter estimates as {product} sales surge',
      '{name} profit jumps {pct}%, tops expectations',
      'Record quarter for {name}: EPS ${hi} vs ${lo} expected',
    ],
    leads: [
      '{legal} (NASDAQ: {sym}) reported earnings per share of ${hi}, above the consensus of ${lo}, and said revenue rose {pct}% to ${bn} billion.',
      '{legal} (NASDAQ: {sym}) said quarterly profit rose {pct}% on strong demand for {product}, beating analyst estimates.',
    ],
    details: [
      '"Demand for {product} was stronger than we planned for," said {chief}, chief executive.',
      'Operating margin improved by {small} percentage points.',
      'Order backlog grew {pct}% from a year ago.',
      'The company ended the quarter with lower debt and record cash flow.',
    ],
    posts: [
      '${sym} crushed it, EPS ${hi} vs ${lo} expected',
      '{name} beat, margins improved. long ${sym}',
      '${sym} strong quarter, {product} sales soared',
    ],
  },
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
    kind: 'guidance_raised',
    sign: 1,
    movePercent: 4,
    origin: 'issuer',
    headlines: [
      '{name} raises full-year guidance',
      '{name} lifts outlook on strong orders for {product}',
      '{name} sees higher profit, raises forecast',
    ],
    leads: [
      '{legal} (NASDAQ: {sym}) raised its full-year earnings guidance to ${hi} from ${lo} a share.',
      '{legal} (NASDAQ: {sym}) raised its revenue forecast to ${bn} billion, citing strong orders for {product}.',
    ],
    details: [
      'Orders for {product} rose {pct}% since the start of the quarter.',
      '{chief}, chief executive, said capacity would expand next year.',
      'The new range is above the average analyst estimate.',
    ],
    posts: [
      '${sym} raises guidance, bullish',
      'guidance raised at {name} to ${hi} from ${lo}',
      '${sym} outlook lifted, strong orders',
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
    kind: 'upgrade',
    sign: 1,
    movePercent: 2,
    origin: 'wire',
    headlines: [
      '{broker} upgrades {name} to Buy',
      '{name} upgraded to Buy from Hold at {broker}',
      '{broker} turns bullish on {name}, raises price target to ${tgt}',
    ],
    leads: [
      '{broker} upgraded {name} (NASDAQ: {sym}) to Buy from Hold and raised its price target to ${tgt} from ${was}.',
      'Analysts at {broker} see strong demand for {product} and upgraded {name} (NASDAQ: {sym}) to Buy.',
    ],
    details: [
      'The analysts expect margins to improve as {product} grow.',
      'They see an attractive valuation after the recent decline of the sector.',
      'It is the second upgrade this month.',
    ],
    posts: ['${sym} upgraded to buy at {broker}', '{broker} upgrade on ${sym}, target raised to ${tgt}'],
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
    kind: 'approval',
    sign: 1,
    movePercent: 5.5,
    origin: 'regulator',
    headlines: [
      'Agency approves {product} of {name}',
      '{name} wins approval for {product}',
      'Regulators clear {name} to sell {product} nationwide',
    ],
    leads: [
      'The agency approved {product} made by {legal} (NASDAQ: {sym}), clearing the way for nationwide sales.',
      '{legal} (NASDAQ: {sym}) received approval to sell {product} in all fifty states.',
    ],
    details: [
      'Approval came two months earlier than analysts expected.',
      'Sales start next week, {chief} said.',
      'Peak revenue could reach ${bn} billion a year.',
    ],
    posts: ['approval for {name}! ${sym} wins', '${sym} got the approval, huge'],
  },
  {
    kind: 'contract',
    sign: 1,
    movePercent: 2.5,
    origin: 'issuer',
    headlines: [
      '{name} wins ${mn} million contract for {product}',
      '{name} secures multi-year order for {product}',
      '{name} lands largest deal in its history',
    ],
    leads: [
      '{legal} (NASDAQ: {sym}) won a contract worth ${mn} million to supply {product}.',
      '{legal} (NASDAQ: {sym}) signed a five-year agreement worth ${mn} million for {product}.',
    ],
    details: ['Deliveries begin in the spring.', 'The order lifts the backlog to a record, {chief} said.'],
    posts: ['${sym} wins ${mn}m contract', 'big win for {name} ${sym}'],
  },
  {
    kind: 'recall',
    sign: -1,
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
    kind: 'product',
    sign: 1,
    movePercent: 1,
    origin: 'issuer',
    headlines: [
      '{name} launches new generation of {product}',
      '{name} unveils cheaper {product}',
      '{name} expands {product} into two new markets',
    ],
    leads: [
      '{legal} (NASDAQ: {sym}) launched a new generation of {product} at an event on Tuesday.',
      '{legal} (NASDAQ: {sym}) introduced a line of {product} that costs a third less to make.',
    ],
    details: ['First deliveries are planned for the holidays.', 'Early reviews were positive.'],
    posts: ['new {product} from ${sym} look great', '{name} launch today ${sym}'],
  },
  {
    kind: 'm_and_a',
    sign: 1,
    movePercent: 9,
    origin: 'wire',
    headlines: [
      '{name} to be acquired by {other} for ${bn} billion',
      '{name} agrees to be acquired by {other}',
      '{name} to be bought by {other} at a {pct}% premium',
    ],
    leads: [
      '{name} (NASDAQ: {sym}) agreed to be acquired by {other} for ${bn} billion in cash, a premium of {pct}%.',
      '{name} (NASDAQ: {sym}) will be bought by {other} in a deal worth ${bn} billion.',
    ],
    details: [
      'Boards of both companies approved the deal.',
      'The transaction should close in the first half of next year.',
    ],
    posts: ['${sym} being acquired at a {pct}% premium!', 'takeover of {name}, ${sym} soaring'],
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
