/** What a word does in a sentence about money. Written for this project. */
export interface LexiconEntry {
  readonly kind: 'direction' | 'metric' | 'polar' | 'negator' | 'hedge' | 'stale' | 'despite'
  /** Direction and polar: -3 to 3. Metric: 1 where more is good, -1 where more is bad. Others: 0. */
  readonly value: number
  /** A direction that says nothing without a metric: narrows, widens. */
  readonly needsMetric: boolean
}

const DIRECTIONS: Readonly<Record<string, string>> = {
  '3': 'soar soars soared soaring surge surges surged surging skyrocket skyrockets skyrocketed zooms zoomed spurt spurts rocket rockets rocketed double doubles doubled triple triples tripled two-fold three-fold twofold threefold',
  '2': `rise rises rose risen rising gain gains gained gaining jump jumps jumped jumping climb climbs climbed climbing rally rallies rallied rallying advance
    advances advanced grow grows grew grown growing increase increases increased increasing improve improves improved improving expand expands expanded accelerate accelerates
    accelerated beat beats beating exceed exceeds exceeded top tops topped outperform outperforms outperformed up higher raise raises raised raising hike hikes
    hiked boost boosts boosted lift lifts lifted strengthen strengthens strengthened rebound rebounds rebounded recover recovers recovered bounce bounces
    bounced spike spikes spiked swell swells leap leaps leapt upmove uptick upside firm firms edge-up inch-up surpass surpasses surpassed upgraded-to outpace outpaces upturn uptrend breakout`,
  '-2': `fall falls fell fallen falling drop drops dropped dropping decline declines declined declining decrease decreases decreased slip slips slipped slipping dip dips dipped dipping
    slide slides slid sliding lose lost shed sheds down lower lowers lowered lowering cut cuts cutting reduce reduces reduced reducing shrink shrinks shrank shrinking weaken weakens
    weakened weakening ease eases eased easing soften softens softened slow slows slowed slowing slash slashes slashed trim trims trimmed pare pares pared retreat retreats retreated miss misses
    missed missing underperform underperforms underperformed contract contracts contracted worsen worsens worsened subside subsides lag lags lagged sag sags sink sinks sank skid skids skidded
    correct corrects corrected downside downtick halve halves halved`,
  '-3': 'plunge plunges plunged plunging tumble tumbles tumbled tumbling crash crashes crashed crashing tank tanks tanked tanking slump slumps slumped slumping collapse collapses collapsed plummet plummets plummeted nosedive nosedives crack cracks cracked sell-off selloff rout hammered battered crater craters cratered bleed bleeds',
}
const NEED_METRIC: Readonly<Record<string, string>> = {
  '-2': 'narrow narrows narrowed narrowing contract contracts halve halves ease eases eased reduce reduces reduced trim trims trimmed slash slashes lower cut cuts cutting pare',
  '2': 'widen widens widened widening firm firms top tops raise raises raised raising grow expand expands expanded double doubles doubled increase increases increased',
}
const METRICS: Readonly<Record<string, string>> = {
  '1': `profit profits revenue revenues sales income earnings ebitda ebit eps margin margins dividend dividends payout guidance outlook forecast forecasts demand output
    production orders bookings deliveries shipments growth rating target targets shares share stock stocks price prices cash-flow subscribers users traffic volumes turnover
    net pat exports backlog estimates expectations market-share valuation scrip index futures efficiency occupancy capacity productivity same-store-sales`,
  '-1': `loss losses cost costs debt debts expense expenses default defaults deficit inflation unemployment delay delays npa npas provisions liabilities borrowings tax
    taxes churn complaints leverage layoffs bad-loans deficits fuel-costs inventories attrition delinquencies impairment write-downs tariffs fine fines charges slippages`,
}
const POLARS: Readonly<Record<string, string>> = {
  '3': 'all-time-high record-high record-profit blockbuster stellar multibagger',
  '2': `upgrade upgrades upgraded bullish overweight approval approved approves clearance breakthrough profitable profitability strong stronger robust solid win
    wins won award awarded bags bag secures secured secure record outstanding excellent impressive attractive undervalued optimistic upbeat buoyant positive favourable
    favorable opportunity top-pick bull bulls accumulate winner winners boon cheer cheers cheering shine shines shining healthy best superb great good better turnaround breakout
    buy accumulate buying recommend recommends blue-sky green rewarding inexpensive cheap promising buoyed winning success successful successfully boom booming beats-estimates highs
    supportive landmark resolves resolved settles-suit reinstates`,
  '1': `launch launches launched partnership partner partners collaboration signs agreement buyback repurchase repurchases special-dividend innovative expansion recovery
    support supports supported benefit benefits gainers stable resilient prefer prefers like likes hot long confidence confident hopes hope optimism momentum
    interesting safe eye eyes leads lead upbeat comfortable recovery revival reaffirms reiterates acquire bonus nod clears rebound favourites favourite outshine bottomed-out inflows`,
  '-1': `concern concerns cautious caution wary weak-spot uncertainty volatile volatility pressure pressured avoid delay delayed delays sceptical skeptical probe challenge
    challenges headwind headwinds tough struggle struggles struggling resign resigns resigned resignation steps-down departs exits layoff layoffs fear fears worry worries risk risks risky
    expensive overvalued dilution subdued muted tepid lacklustre lackluster drag drags dragged dull hit hits hurt hurts doubts doubt profit-booking profit-taking short bumpy
    underweight profit-taking outflows pain trouble troubles resistance strike halts halted suspends suspended cancels cancelled canceled stuck pale paring`,
  '-2': `downgrade downgrades downgraded bearish underperform sell selling lawsuit sued sues investigation investigate investigates investigated recall recalls recalled fraud scandal breach hacked
    outage disappointing disappoints disappointed disappoint disappointment weak weaker weakness poor negative bad worse worst bear bears gloomy gloom pessimistic losing loser losers restatement
    impairment writedown write-down write-off penalty fined fine violation violations allegations alleged accused accuses charged charges subpoena antitrust shutdown warns warned warning
    warning-letter crisis slowdown recession red exit shortfall rejected rejects rejection delisting terminated terminates suspension turmoil woes troubled default defaults defaulted sluggish jitters
    bleak dismal grim severe panic stay-away lows misses-estimates ban bans banned blow crackdown guilty dented dents dent stress stressed underweight unrest damage damages spooks spooked`,
  '-3': 'bankruptcy bankrupt insolvency insolvent chapter-11 liquidation fraudulent embezzlement indicted indictment collapse delisted going-concern default-notice',
}
const PHRASES: Readonly<Record<string, number>> = {
  'all time high': 2.5,
  'record high': 2.5,
  '52 week high': 2.5,
  'new high': 2,
  'all time low': -2.5,
  'record low': -2.5,
  '52 week low': -2.5,
  'multi year low': -2,
  'top pick': 2.5,
  'in the red': -2,
  'in red': -2,
  'in the green': 2,
  'in green': 2,
  'stay away': -2.5,
  'stay invested': 1.2,
  'remain invested': 0.6,
  'steps down': -1,
  'going concern': -3,
  'chapter 11': -3,
  'falls short': -2,
  'fell short': -2,
  'better than expected': 2.5,
  'worse than expected': -2.5,
  'under pressure': -2,
  'profit booking': -2,
  'profit taking': -2,
  'book profits': -1,
  'book profit': -1,
  'short covering': 1.5,
  'record profit': 2.5,
  'record revenue': 2.5,
  'record quarter': 2.5,
  'go long': 2,
  'go short': -2,
  'credit negative': -2.5,
  'credit positive': 2.5,
  'buy on dips': 2,
  'sell on rallies': -2,
  'price target': 0,
  'target price': 0,
  'best bet': 2.5,
  'good buy': 2.5,
  'wait and watch': -0.05,
  'not attractive': -2,
  'hits high': 2,
  'material weakness': -3,
  'data breach': -2.5,
  'warning letter': -2,
  'short seller': -2,
  'short report': -2,
  'class action': -2,
  'profit warning': -3,
  'share sale': 0,
  'stake sale': 0,
  'sell off': -2.5,
  'sales force': 0,
  'top line': 0,
  'best buy': 0,
  'short term': 0,
  'long term': 0,
  'stop loss': 0,
  'net loss': -1.5,
  'operating loss': -1.5,
  'posts loss': -2,
  'reports loss': -2,
  'turns profitable': 2.5,
  'swings to profit': 2.5,
  'swings to loss': -2.5,
  'swung to a loss': -2.5,
  'back in black': 2,
  'good news': 2,
  'bad news': -2,
  'bottomed out': 1.5,
  'losing streak': -2,
  'winning streak': 2,
  'new low': -2,
  'wins approval': 2.5,
  'upside potential': 2,
  'clears the way': 1.5,
  'lead to': 0,
  'leads to': 0,
  'top 10': 0,
  'top five': 0,
  'how to': 0,
  'follow up': 0,
  'start up': 0,
  'set up': 0,
  'sets up': 0,
  'picks up': 1.5,
  'pick up': 1,
  'run up': 0,
  'catch up': 0,
  'mop up': 0,
  'ramp up': 1,
  'lines up': 0,
  'open up': 0.5,
  'snaps up': 0.5,
  'pays down': 1.5,
  'close down': -2,
  'shut down': -2,
  'shuts down': -2,
  'cool off': -1,
  'interest rates': 0,
  'up to': 0,
  'steps up': 0.5,
  'come up': 0,
  'top management': 0,
  'high court': 0,
  'higher education': 0,
  'cost cutting': 1,
  'cash cow': 1.5,
  'made in': 0,
  'share buyback': 1.5,
  'price cut': -1.5,
  'price hike': 1,
  'rate cut': 0.5,
  'rate hike': -0.5,
  'production cut': -1.5,
  'job cuts': -1,
  'to sell': 0,
  'regulators clear': 2,
  'all clear': 1,
  'fails to': -1,
}
const NEGATORS =
  'not no never without hardly neither nor fails failed denies denied deny denying cannot cant wont isnt dont doesnt didnt unlikely less lacks lack barely nothing'
const HEDGES =
  'may might could considering considers mulls mulling plans reportedly rumor rumour rumored rumoured speculation talks sources says-source possible possibly potential if likely seeks'

export const WORDS = new Map<string, LexiconEntry>()
/** Phrases by first word, longest first; all in lower case, hyphens as blanks. */
export const PHRASES_BY_FIRST = new Map<string, (readonly [readonly string[], LexiconEntry])[]>()

const entry = (kind: LexiconEntry['kind'], value: number, needsMetric = false): LexiconEntry => ({
  kind,
  value,
  needsMetric,
})
const fill = (groups: Readonly<Record<string, string>>, kind: LexiconEntry['kind'], needsMetric = false) => {
  for (const [value, words] of Object.entries(groups)) {
    for (const word of words.split(/\s+/)) WORDS.set(word, entry(kind, Number(value), needsMetric))
  }
}
fill(POLARS, 'polar')
fill(METRICS, 'metric')
fill(DIRECTIONS, 'direction')
fill(NEED_METRIC, 'direction', true)
fill({ '0': NEGATORS }, 'negator')
fill({ '0': HEDGES }, 'hedge')
fill({ '0': 'previously earlier yesterday last-week reiterated' }, 'stale')
fill({ '0': 'despite notwithstanding' }, 'despite')
for (const [phrase, value] of Object.entries(PHRASES)) {
  const words = phrase.split(' ')
  const list = PHRASES_BY_FIRST.get(words[0] ?? '') ?? []
  list.push([words, entry('polar', value)])
  PHRASES_BY_FIRST.set(
    words[0] ?? '',
    list.sort((a, b) => b[0].length - a[0].length),
  )
}
