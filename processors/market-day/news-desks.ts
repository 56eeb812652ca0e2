// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a dollar sign before a placeholder is a cashtag
export interface NewsDesk {
  readonly sourceId: string
  readonly type: string
  readonly owner: string
}
const desk = (sourceId: string, type: string, owner: string): NewsDesk => ({ sourceId, type, owner })

/** Invented sources, by kind. Aggregators of one owner are not independent of each other. */
export const ISSUER_WIRE = desk('issuer-releases', 'issuer', 'issuer')
export const REGULATOR = desk('public-register', 'regulator', 'public-register')
export const WIRES: readonly NewsDesk[] = [
  desk('meridian-wire', 'wire', 'meridian'),
  desk('blueharbor-wire', 'wire', 'blueharbor'),
]
export const PRESS: readonly NewsDesk[] = [
  desk('the-lantern', 'press', 'lantern-media'),
  desk('morning-ledgerline', 'press', 'ledgerline'),
  desk('portside-courier', 'press', 'portside'),
]
export const AGGREGATORS: readonly NewsDesk[] = [
  desk('tickerloom', 'aggregator', 'loom-digital'),
  desk('marketloom', 'aggregator', 'loom-digital'),
  desk('feedbarrel', 'aggregator', 'feedbarrel'),
]
export const SOCIAL: readonly NewsDesk[] = [desk('chirpboard', 'social', 'chirpboard')]
export const BROKERS: readonly string[] = [
  'Falkenrath Research',
  'Oldmill Securities',
  'Crestwick Partners',
  'Bramblewood Capital',
]

export const IRRELEVANT: readonly (readonly [string, string])[] = [
  [
    'City council debates bicycle lanes',
    'The council postponed a vote on bicycle lanes along the river until spring. Residents asked for more trees.',
  ],
  [
    'Harbour museum opens night tours',
    'Visitors can walk the old shipyard by lantern light on Fridays. Tickets are limited to forty a night.',
  ],
  ['Rain expected along the coast', 'Forecasters expect steady rain until Thursday and wind from the west.'],
  [
    'Futures little changed before data',
    'Stock index futures were little changed as traders waited for figures on housing.',
  ],
  ['Choir festival draws record crowd', 'The weekend festival drew nine thousand listeners, organisers said.'],
  ['Bond yields steady in quiet trading', 'Yields on ten-year notes held steady in quiet trading.'],
  ['School kitchens try local menu', 'Twelve schools will cook with produce from nearby farms this term.'],
  ['Astronomers watch a faint comet', 'The comet will be visible with binoculars before dawn next week.'],
]
export const SMALL_TALK: readonly string[] = [
  'watching ${sym} today, no position',
  'anyone else holding ${sym}?',
  '${sym} chart looks like a staircase',
  'lunch and then back to ${sym}',
  'what happened to ${sym} volume?',
  '${sym} ${sym2} on my list for tomorrow',
]
