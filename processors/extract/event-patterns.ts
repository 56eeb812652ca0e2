/** How an event bears on the company: a fixed value, by the words' tone, or by where the company stands. */
export interface EventPattern {
  readonly event: string
  readonly sub: string | null
  readonly pattern: RegExp
  /** -3 to 3; `tone`: the words decide; `agent`: value of the company before the verb, `patient` of the one after. */
  readonly polarity: number | 'tone' | { readonly agent: number; readonly patient: number }
  readonly horizon: 'intraday' | 'days' | 'weeks' | 'quarters'
}
const MONEY = String.raw`(?:US\$|\$|€|£|Rs\.? ?)?\d[\d,.]*\s?(?:trillion|billion|million|crore|lakh|bn|mln|mn|b|m)?\b`
const on = (
  event: string,
  sub: string | null,
  horizon: EventPattern['horizon'],
  polarity: EventPattern['polarity'],
  source: string,
): EventPattern => ({ event, sub, horizon, polarity, pattern: new RegExp(source, 'i') })

/** Tried in order; the first that fits names the sentence's event. */
export const EVENT_PATTERNS: readonly EventPattern[] = [
  on(
    'analyst_rating',
    'upgrade',
    'days',
    { agent: 0, patient: 2 },
    String.raw`\bupgrade[sd]?\b(?:.{0,60}?\bto (?<value>[\w -]{3,14}?) from (?<prior>[\w-]{3,14}))?`,
  ),
  on(
    'analyst_rating',
    'downgrade',
    'days',
    { agent: 0, patient: -2 },
    String.raw`\bdowngrade[sd]?\b(?:.{0,60}?\bto (?<value>[\w -]{3,14}?) from (?<prior>[\w-]{3,14}))?`,
  ),
  on(
    'analyst_rating',
    'price_target',
    'days',
    'tone',
    String.raw`\b(?:price target|target price|pt|target)\b.{0,60}?\bto (?<value>${MONEY})(?:.{0,12}?\bfrom (?<prior>${MONEY}))?`,
  ),
  on(
    'analyst_rating',
    'initiation',
    'days',
    'tone',
    String.raw`\b(?:initiate[sd]?|start(?:s|ed)?|resume[sd]?) (?:coverage|.{0,30}\bat (?<value>buy|sell|hold|outperform|overweight|underweight|neutral))`,
  ),
  on(
    'accounting',
    'restatement',
    'weeks',
    -3,
    String.raw`\b(?:restate(?:s|d|ment)?|non-reliance|should no longer be relied upon|material weakness)\b`,
  ),
  on(
    'restructuring_bankruptcy',
    'bankruptcy',
    'weeks',
    -3,
    String.raw`\b(?:bankruptcy|chapter 11|insolven(?:t|cy)|going concern)\b`,
  ),
  on(
    'guidance',
    'raised',
    'weeks',
    2,
    String.raw`\b(?:raise[sd]?|lift(?:s|ed)?|hike[sd]?|boost(?:s|ed)?|increase[sd]?|upgraded?)\b.{0,40}\b(?:guidance|outlook|forecast)s?\b(?:.{0,40}?\bto (?<value>${MONEY}).{0,20}?\bfrom (?<prior>${MONEY}))?`,
  ),
  on(
    'guidance',
    'lowered',
    'weeks',
    -2.5,
    String.raw`\b(?:cut(?:s|ting)?|lower(?:s|ed)?|slash(?:es|ed)?|trim(?:s|med)?|reduce[sd]?|withdraw(?:s|n)?|withdrew|suspend(?:s|ed)?)\b.{0,40}\b(?:guidance|outlook|forecast)s?\b(?:.{0,40}?\bto (?<value>${MONEY}).{0,20}?\bfrom (?<prior>${MONEY}))?`,
  ),
  on(
    'guidance',
    'warning',
    'weeks',
    -2.5,
    String.raw`\bprofit warning\b|\bwarn(?:s|ed)?\b.{0,40}\b(?:profit|revenue|sales|earnings|results)`,
  ),
  on(
    'm_and_a',
    'acquisition',
    'weeks',
    { agent: 2, patient: 0.3 },
    String.raw`\b(?:to be|agree[sd]? to be|is being|was) (?:acquired|bought|taken private) by\b(?:.{0,60}?\bfor (?<amount>${MONEY}))?`,
  ),
  on(
    'm_and_a',
    'acquisition',
    'weeks',
    { agent: 0.3, patient: 2 },
    String.raw`\b(?:to (?:acquire|buy)|acquires?|acquired|agree[sd]? to (?:acquire|buy)|buys|takeover (?:bid|offer) for|bids? for)\b(?! back| shares)(?:.{0,70}?\bfor (?:about |roughly |some )?(?<amount>${MONEY}))?`,
  ),
  on('m_and_a', 'merger', 'weeks', 1, String.raw`\bmerge[sr]?\b.{0,30}\b(?:with|of|agreement|deal)\b|\bmerger\b`),
  on(
    'earnings',
    'beat',
    'weeks',
    2,
    String.raw`\b(?:beat(?:s|ing)?|top(?:s|ped)?|exceed(?:s|ed)?|surpass(?:es|ed)?|ahead of|above|better than)\b.{0,50}\b(?:estimates?|expectations?|consensus|forecasts?|expected|views)\b`,
  ),
  on(
    'earnings',
    'miss',
    'weeks',
    -2,
    String.raw`\b(?:miss(?:es|ed|ing)?|short of|below|worse than|trail(?:s|ed)?)\b.{0,50}\b(?:estimates?|expectations?|consensus|forecasts?|expected|views)\b`,
  ),
  on(
    'earnings',
    'results',
    'weeks',
    'tone',
    String.raw`\b(?:EPS|earnings per share|earnings|net (?:profit|income|loss)|profit|revenue|sales|PAT|quarterly results|(?:first|second|third|fourth)[- ]quarter|Q[1-4])\b.{0,70}?(?:\d|rose|fell|grew|jump|drop|declin|surg|climb|increas|decreas|up\b|down\b)`,
  ),
  on(
    'litigation_regulatory',
    'approval',
    'weeks',
    2,
    String.raw`\b(?:FDA|regulators?|EU|FCC|agency|commission)\b.{0,40}\b(?:approv(?:es|ed|al)|clear(?:s|ed|ance)?)\b|\b(?:wins|receives|gets|granted|secures)\b.{0,40}\b(?:approval|clearance)\b`,
  ),
  on(
    'litigation_regulatory',
    'probe',
    'weeks',
    -2,
    String.raw`\b(?:lawsuits?|sue[sd]?|class action|investigat(?:es?|ed|ions?|ing)|probes?|subpoena(?:ed|s)?|antitrust|indict(?:ed|ment)|fined|penalt(?:y|ies)|fraud)\b(?:.{0,50}?(?<amount>${MONEY}))?`,
  ),
  on(
    'litigation_regulatory',
    'settlement',
    'weeks',
    0.5,
    String.raw`\b(?:settle[sd]?|settlement|dismiss(?:es|ed))\b.{0,50}\b(?:suit|lawsuit|case|claims|charges|litigation|patent)\b`,
  ),
  on('operations', 'recall', 'days', -2, String.raw`\brecall(?:s|ed|ing)?\b`),
  on(
    'operations',
    'disruption',
    'days',
    -1.5,
    String.raw`\b(?:outage|strike|data breach|cyber ?attack|ransomware|halts? production|plant (?:fire|shutdown|closure)|supply disruption)\b`,
  ),
  on(
    'capital_return',
    'buyback',
    'weeks',
    1.5,
    String.raw`\b(?:buyback|share repurchase|repurchase (?:program|up to|of))(?:.{0,40}?(?<amount>${MONEY}))?`,
  ),
  on(
    'capital_return',
    'dividend_cut',
    'weeks',
    -2.5,
    String.raw`\b(?:cut(?:s|ting)?|suspend(?:s|ed)?|slash(?:es|ed)?|eliminate[sd]?)\b.{0,30}\bdividend`,
  ),
  on(
    'capital_return',
    'dividend',
    'weeks',
    1.2,
    String.raw`\b(?:raise[sd]?|increase[sd]?|hike[sd]?|declare[sd]?|special|boost(?:s|ed)?)\b.{0,30}\bdividend`,
  ),
  on('capital_return', 'split', 'days', 0.8, String.raw`\b(?:stock split|\d+-for-\d+ split)\b`),
  on(
    'financing',
    'offering',
    'days',
    -1.2,
    String.raw`\b(?:secondary offering|public offering of|prices? offering|share sale|convertible notes?|at-the-market)\b(?:.{0,40}?(?<amount>${MONEY}))?`,
  ),
  on(
    'contract_customer',
    'win',
    'weeks',
    1.8,
    String.raw`\b(?:win(?:s|ning)?|won|award(?:s|ed)?|bag(?:s|ged)?|secure[sd]?|land(?:s|ed)?|sign(?:s|ed)?)\b.{0,50}\b(?:contract|order|deal|agreement)s?\b(?:.{0,40}?(?<amount>${MONEY}))?`,
  ),
  on(
    'contract_customer',
    'loss',
    'weeks',
    -1.8,
    String.raw`\b(?:los(?:es|t)|cancel(?:s|led)?|terminat(?:es|ed)|end(?:s|ed))\b.{0,40}\b(?:contract|order|deal|agreement|customer)s?\b`,
  ),
  on(
    'restructuring_bankruptcy',
    'restructuring',
    'weeks',
    -0.8,
    String.raw`\b(?:restructuring|layoffs?|job cuts|cut(?:s|ting)? \d[\d,]* jobs|lay(?:s|ing)? off)\b`,
  ),
  on(
    'management',
    'departure',
    'days',
    -1,
    String.raw`\b(?:resign(?:s|ed|ation)?|steps? down|stepped down|depart(?:s|ed|ure)|ousted|fired)\b`,
  ),
  on(
    'management',
    'appointment',
    'days',
    0.3,
    String.raw`\b(?:appoint(?:s|ed|ment)?|names? .{0,40}(?:CEO|CFO|chief|chair)|hires? .{0,30}(?:CEO|CFO|chief))\b`,
  ),
  on(
    'insider_ownership',
    'stake',
    'days',
    0.8,
    String.raw`\b(?:insider (?:buying|purchase)|acquires? .{0,20}stake|raises? .{0,20}stake|13D)\b`,
  ),
  on('insider_ownership', 'sale', 'days', -0.8, String.raw`\b(?:insider (?:selling|sale)|sells? .{0,20}stake)\b`),
  on(
    'index_membership',
    null,
    'days',
    'tone',
    String.raw`\b(?:added to|join(?:s|ing)?|removed from|dropped from)\b.{0,30}\b(?:S&P 500|Nasdaq-100|Dow|Russell|index)\b`,
  ),
  on(
    'product',
    'launch',
    'weeks',
    1,
    String.raw`\b(?:launch(?:es|ed)?|unveil(?:s|ed)?|introduce[sd]?|roll(?:s|ed)? out)\b`,
  ),
  on('macro', null, 'days', 'tone', String.raw`\b(?:fed|inflation|gdp|unemployment|interest rates?|tariffs?)\b`),
]

/** 8-K items are events without any reading of words (domain of the form itself). */
export const ITEM_EVENTS: Readonly<Record<string, readonly [event: string, sub: string, polarity: number]>> = {
  '1.01': ['contract_customer', 'agreement', 0.5],
  '1.02': ['contract_customer', 'termination', -1],
  '1.03': ['restructuring_bankruptcy', 'bankruptcy', -3],
  '1.05': ['operations', 'cyber', -1.5],
  '2.01': ['m_and_a', 'acquisition', 0.5],
  '2.02': ['earnings', 'results', 0],
  '2.05': ['restructuring_bankruptcy', 'restructuring', -0.8],
  '2.06': ['accounting', 'impairment', -1.5],
  '3.01': ['index_membership', 'delisting', -2],
  '4.01': ['accounting', 'auditor', -0.5],
  '4.02': ['accounting', 'non_reliance', -3],
  '5.02': ['management', 'officers', 0],
}
