import type { ReactNode } from 'react'
import type { RecommendationDetail } from '../../data/wire.ts'
import { formatDecimal, formatDuration, formatQty, plural, words } from '../../ui/format.ts'
import { Instant, TableBox } from '../../ui/parts.tsx'

interface Moment {
  readonly at: string
  readonly what: string
  readonly detail: string
}

const gap = (from: string, to: string): number => new Date(to).getTime() - new Date(from).getTime()

/** What was known when, oldest first, so that anyone can see that nothing later was used. */
export function knownOf(r: RecommendationDetail): readonly Moment[] {
  const evidence = [...r.supporting, ...r.opposing].map((e) => ({
    at: e.known_at,
    what: 'document known',
    detail: e.title ?? e.document_id,
  }))
  const price =
    r.price === null
      ? []
      : [{ at: r.price.bar_at, what: 'price known', detail: `${r.symbol} at ${formatDecimal(r.price.last_price, 2)}` }]
  return [...evidence, ...price, { at: r.as_of, what: 'recommended', detail: r.action }].toSorted((a, b) =>
    a.at.localeCompare(b.at),
  )
}

/** What followed: verdicts, orders, and each word of the venue, oldest first. */
export function followedOf(r: RecommendationDetail): readonly Moment[] {
  const verdicts = r.verdicts.map((v) => ({
    at: v.decided_at,
    what: `risk ${v.decision}`,
    detail:
      v.decision === 'approved'
        ? `${v.side} ${formatQty(v.qty)} for ${formatDecimal(v.notional, 2)}; ${plural(v.checks_run, 'check')} passed`
        : v.reasons.map((reason) => `${reason.code}: ${reason.message}`).join('; '),
  }))
  const orders = r.orders.map((o) => ({
    at: o.submitted_at,
    what: 'order sent',
    detail: `${o.side} ${formatQty(o.qty)} ${o.symbol}, ${words(o.type)}, ${o.client_order_id}`,
  }))
  const reports = r.executions.map((x) => ({
    at: x.transact_at,
    what: words(x.event),
    detail:
      x.last_qty === null
        ? `${words(x.leg)}, ${words(x.status)}${x.reason === null ? '' : `: ${x.reason}`}`
        : `${words(x.leg)}: ${formatQty(x.last_qty)} at ${formatDecimal(x.last_price, 2)}, fee ${formatDecimal(x.fee, 2)}`,
  }))
  return [...verdicts, ...orders, ...reports].toSorted((a, b) => a.at.localeCompare(b.at))
}

interface MomentsProps {
  readonly label: string
  readonly moments: readonly Moment[]
  /** Distances are told from here. */
  readonly from: string
}

/** Moments with their distance to the recommendation. */
export function Moments({ label, moments, from }: MomentsProps): ReactNode {
  return (
    <TableBox label={label}>
      <table className="moments">
        <thead>
          <tr>
            <th scope="col">time (UTC)</th>
            <th scope="col" className="right wide-only">
              distance
            </th>
            <th scope="col">what</th>
            <th scope="col">detail</th>
          </tr>
        </thead>
        <tbody>
          {moments.map((m, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: moments have no id, and their order is fixed
            <tr key={index}>
              <td>
                <Instant at={m.at} />
              </td>
              <td className="right num faint wide-only">{distance(gap(from, m.at))}</td>
              <td className="what">{m.what}</td>
              <td className="wrap">{m.detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  )
}

function distance(ms: number): string {
  if (ms === 0) return '0'
  return ms < 0 ? `${formatDuration(-ms)} before` : `${formatDuration(ms)} after`
}
