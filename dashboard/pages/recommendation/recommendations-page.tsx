import { type ReactNode, useState } from 'react'
import { Link, setParameter, useAddress } from '../../app/location.tsx'
import { recommendationPath } from '../../app/route.ts'
import { getJson } from '../../data/client.ts'
import { useLive } from '../../data/use-live.ts'
import { useResource } from '../../data/use-resource.ts'
import type { Page, RecommendationSummary } from '../../data/wire.ts'
import { formatNumber, formatPercent, plural } from '../../ui/format.ts'
import { Instant, TableBox } from '../../ui/parts.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { ActionMark, Simulated } from '../../ui/status.tsx'
import { limitOf, reasonWords } from './sentence.ts'

const ACTIONS = ['all', 'buy', 'sell', 'hold'] as const

function listPath(symbol: string, action: string, cursor: string | null): string {
  const query = new URLSearchParams({ limit: '50' })
  if (symbol !== '') query.set('symbol', symbol)
  if (action !== 'all') query.set('action', action)
  if (cursor !== null) query.set('cursor', cursor)
  return `/api/v1/recommendations?${query}`
}

/** "12 of the newest 50 are buys; the newest is Buy NVDA." */
export function listSentence(items: readonly RecommendationSummary[], symbol: string): string {
  const of = symbol === '' ? '' : ` for ${symbol}`
  const newest = items[0]
  if (newest === undefined) return `There are no recommendations${of} yet.`
  const count = (action: string): number => items.filter((r) => r.action === action).length
  const parts = [
    plural(count('buy'), 'buy', 'buys'),
    plural(count('sell'), 'sell', 'sells'),
    plural(count('hold'), 'hold'),
  ]
  return `The newest ${items.length}${of}: ${parts.join(', ')}.`
}

/** What is recommended now? */
export function RecommendationsPage(): ReactNode {
  const { searchParams } = useAddress()
  const symbol = searchParams.get('symbol') ?? ''
  const action = searchParams.get('action') ?? 'all'
  const revision = String(useLive().view?.revisions.recommendations ?? 0)
  const path = listPath(symbol, action, null)
  const resource = useResource<Page<RecommendationSummary>>(path, revision)
  return (
    <>
      <h1>{resource.data === null ? 'Recommendations' : listSentence(resource.data.items, symbol)}</h1>
      <Filters symbol={symbol} action={action} />
      <Loaded resource={resource} what="The recommendations could not be read." rows={12}>
        {(page) => <List key={path} page={page} symbol={symbol} action={action} />}
      </Loaded>
    </>
  )
}

function Filters({ symbol, action }: { readonly symbol: string; readonly action: string }): ReactNode {
  return (
    <div className="toolbar">
      <fieldset className="buttons">
        <legend className="visually-hidden">Action</legend>
        {ACTIONS.map((a) => (
          <button
            key={a}
            type="button"
            aria-pressed={a === action}
            onClick={() => setParameter('action', a === 'all' ? null : a)}
          >
            {a}
          </button>
        ))}
      </fieldset>
      <label className="field">
        symbol{' '}
        <input
          type="search"
          size={8}
          autoComplete="off"
          spellCheck={false}
          value={symbol}
          onChange={(event) => setParameter('symbol', event.target.value.trim().toUpperCase() || null)}
        />
      </label>
    </div>
  )
}

interface ListProps {
  readonly page: Page<RecommendationSummary>
  readonly symbol: string
  readonly action: string
}

function List({ page, symbol, action }: ListProps): ReactNode {
  const [older, setOlder] = useState<Page<RecommendationSummary>>({ items: [], next: null })
  const next = older.items.length > 0 ? older.next : page.next
  const known = new Set(page.items.map((r) => r.recommendation_id))
  const rows = [...page.items, ...older.items.filter((r) => !known.has(r.recommendation_id))]
  const [failed, setFailed] = useState(false)
  const more = async (): Promise<void> => {
    try {
      const answer = await getJson<Page<RecommendationSummary>>(listPath(symbol, action, next))
      setOlder((old) => ({ items: [...old.items, ...answer.items], next: answer.next }))
      setFailed(false)
    } catch {
      setFailed(true)
    }
  }
  if (rows.length === 0) {
    return (
      <Empty why="No recommendation matches.">
        <p>
          {symbol === '' && action === 'all'
            ? 'One is made whenever a company is named in a document; the topology shows what is arriving.'
            : 'Choose another action or symbol.'}{' '}
          <Link to="/">To the topology</Link>
        </p>
      </Empty>
    )
  }
  return (
    <>
      <Rows rows={rows} />
      {next === null ? null : (
        <p className="buttons">
          <button type="button" onClick={() => void more()}>
            Older
          </button>
          {failed ? <span className="error-text">Could not be read; try again.</span> : null}
        </p>
      )}
    </>
  )
}

function Rows({ rows }: { readonly rows: readonly RecommendationSummary[] }): ReactNode {
  return (
    <TableBox label="Recommendations, newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">as of (UTC)</th>
            <th scope="col">symbol</th>
            <th scope="col">action</th>
            <th scope="col" className="right">
              score
            </th>
            <th scope="col" className="right">
              threshold
            </th>
            <th scope="col" className="right">
              chance
            </th>
            <th scope="col">held because</th>
            <th scope="col">expires</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.recommendation_id}>
              <td>
                <Link to={recommendationPath(r.recommendation_id)}>
                  <Instant at={r.as_of} />
                </Link>
              </td>
              <th scope="row">
                {r.symbol} <Simulated when={r.simulated} brief />
              </th>
              <td>
                <ActionMark action={r.action} />
              </td>
              <td className="right num">{formatNumber(r.score, 3, true)}</td>
              <td className="right num faint">{formatNumber(limitOf(r), 3, true)}</td>
              <td className="right num">{formatPercent(r.probability)}</td>
              <td className="wrap">{r.hold_reasons.map(reasonWords).join(', ')}</td>
              <td className="faint">
                <Instant at={r.expires_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  )
}
