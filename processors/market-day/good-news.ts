// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a dollar sign before a placeholder is money or a cashtag
import type { StoryKind } from './story-kind.ts'

export const GOOD_NEWS: readonly StoryKind[] = [
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
    kind: 'approval',
    sign: 1,
    sectors: ['Healthcare'],
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
    sectors: ['Industrials', 'Technology', 'Energy', 'Materials', 'Healthcare'],
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
    kind: 'product',
    sign: 1,
    sectors: ['Technology', 'Consumer Discretionary', 'Consumer Staples', 'Healthcare', 'Communication Services'],
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
]
