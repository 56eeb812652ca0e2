import type { ReactNode } from 'react'
import { Link } from '../../app/location.tsx'
import { useLive } from '../../data/use-live.ts'
import { useResource } from '../../data/use-resource.ts'
import type { RecommendationDetail } from '../../data/wire.ts'
import { formatDecimal, formatNumber, formatPercent, NOTHING } from '../../ui/format.ts'
import { Facts, Instant, Section, TableBox } from '../../ui/parts.tsx'
import { Loaded } from '../../ui/states.tsx'
import { ActionMark, Simulated } from '../../ui/status.tsx'
import { EvidenceSides } from './evidence.tsx'
import { groundsOf, reasonWords, sentenceOf } from './sentence.ts'
import { Sum } from './sum.tsx'
import { followedOf, knownOf, Moments } from './timeline.tsx'

/** Why? */
export function RecommendationPage({ id }: { readonly id: string }): ReactNode {
  const revision = String(useLive().view?.revisions.orders ?? 0)
  const resource = useResource<RecommendationDetail>(`/api/v1/recommendations/${encodeURIComponent(id)}`, revision)
  return (
    <Loaded resource={resource} what="This recommendation could not be read." rows={10} isPage>
      {(r) => <Explained r={r} />}
    </Loaded>
  )
}

function Explained({ r }: { readonly r: RecommendationDetail }): ReactNode {
  return (
    <article>
      <p className="crumbs">
        <Link to="/recommendations">Recommendations</Link> <span aria-hidden="true">/</span>{' '}
        <Link to={`/recommendations?symbol=${encodeURIComponent(r.symbol)}`}>{r.symbol}</Link>
      </p>
      <h1>{sentenceOf(r)}</h1>
      <p className="lede">
        <ActionMark action={r.action} /> <span>{groundsOf(r)}</span> <span className="faint">as of</span>{' '}
        <Instant at={r.as_of} /> <span className="faint">expires</span> <Instant at={r.expires_at} />{' '}
        <Simulated when={r.simulated} />
      </p>
      <Section title="The sum" note="Parts run from zero, each from where the one before it ended.">
        <Sum recommendation={r} />
      </Section>
      <Section title="Evidence" note="Signed parts of the one-day sentiment. A quotation opens its document there.">
        <EvidenceSides supporting={r.supporting} opposing={r.opposing} />
      </Section>
      <Section title="Without one source">
        <Counterfactuals r={r} />
      </Section>
      <Section title="What was known when" note="Nothing later than the recommendation was used.">
        <Moments label="What was known when" moments={knownOf(r)} from={r.as_of} />
      </Section>
      <Section title="What happened next">
        <Followed r={r} />
      </Section>
      <Section title="Figures and versions">
        <Figures r={r} />
      </Section>
    </article>
  )
}

function Counterfactuals({ r }: { readonly r: RecommendationDetail }): ReactNode {
  if (r.counterfactuals.length === 0) return <p className="faint">No source is heavy enough to be left out.</p>
  return (
    <TableBox label="The result without each of the heaviest sources">
      <table className="table-fit">
        <thead>
          <tr>
            <th scope="col">without</th>
            <th scope="col" className="right">
              score
            </th>
            <th scope="col">it would be</th>
          </tr>
        </thead>
        <tbody>
          {r.counterfactuals.map((c) => (
            <tr key={c.cluster_id}>
              <td className="wrap">{c.label}</td>
              <td className="right num">{formatNumber(c.score, 3, true)}</td>
              <td>
                <ActionMark action={c.action} />{' '}
                <span className="faint">{c.action === r.action ? 'the same' : 'changed'}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  )
}

const NOTHING_FOLLOWED = {
  buy: 'No verdict or order yet.',
  sell: 'No order: a sell closes what is held, and opens nothing.',
  hold: 'Nothing was ordered.',
} as const

function Followed({ r }: { readonly r: RecommendationDetail }): ReactNode {
  const moments = followedOf(r)
  if (moments.length > 0) return <Moments label="What happened next" moments={moments} from={r.as_of} />
  const why = r.hold_reasons.map(reasonWords).join(', ')
  return (
    <p className="faint">
      {NOTHING_FOLLOWED[r.action]}
      {r.action === 'hold' && why !== '' ? ` Held because ${why}.` : ''}
    </p>
  )
}

function Figures({ r }: { readonly r: RecommendationDetail }): ReactNode {
  const calibrated = r.p_calibrated === null ? 'not before 500 resolved outcomes' : formatPercent(r.p_calibrated)
  return (
    <Facts
      rows={[
        ['chance of a positive abnormal return', `${formatPercent(r.probability)}, uncalibrated`],
        ['calibrated', calibrated],
        ['one-day signal, −1 to 1', formatNumber(r.signal_strength, 3, true)],
        [
          'expected edge',
          r.expected_edge_bps === null ? NOTHING : `${formatNumber(r.expected_edge_bps, 0)} bp before cost`,
        ],
        ['assumed cost', r.cost_bps === null ? NOTHING : `${formatNumber(r.cost_bps, 0)} bp`],
        ['last price', r.price === null ? NOTHING : `${formatDecimal(r.price.last_price, 2)} USD`],
        [
          'return 1 d / 5 d',
          `${formatPercent(r.price?.return_1d, 1, true)} / ${formatPercent(r.price?.return_5d, 1, true)}`,
        ],
        ['RSI 14, 0 to 100', formatNumber(r.price?.rsi_14, 0)],
        ['ATR 14', r.price?.atr_14 == null ? NOTHING : `${formatDecimal(r.price.atr_14, 2)} USD`],
        ['recommender', r.recommender_version],
        ['signal', r.signal_id],
        ['recommendation', r.recommendation_id],
      ]}
    />
  )
}
