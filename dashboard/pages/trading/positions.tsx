import type { ReactNode } from 'react'
import { Link } from '../../app/location.tsx'
import { recommendationPath } from '../../app/route.ts'
import type { PositionJson } from '../../data/wire.ts'
import { formatDecimal, formatPercent, formatQty } from '../../ui/format.ts'
import { Instant, TableBox } from '../../ui/parts.tsx'
import { Signed, Simulated } from '../../ui/status.tsx'
import { ratio } from './books.ts'

const HEADS = ['qty', 'avg entry', 'last', 'value', 'unrealized', '%', 'realized', 'of equity'] as const

interface PositionsProps {
  readonly positions: readonly PositionJson[]
  readonly equity: string | null
}

/** Open positions in USD. */
export function Positions({ positions, equity }: PositionsProps): ReactNode {
  return (
    <TableBox label="Positions">
      <table>
        <thead>
          <tr>
            <th scope="col">symbol</th>
            <th scope="col">side</th>
            {HEADS.map((head) => (
              <th key={head} scope="col" className="right">
                {head}
              </th>
            ))}
            <th scope="col">opened (UTC)</th>
            <th scope="col">because</th>
          </tr>
        </thead>
        <tbody>
          {positions.map((p) => (
            <tr key={`${p.account_id} ${p.symbol}`}>
              <th scope="row">
                {p.symbol} <Simulated when={p.simulated} brief />
              </th>
              <td>{p.qty.startsWith('-') ? 'short' : 'long'}</td>
              <td className="right num">{formatQty(p.qty)}</td>
              <td className="right num">{formatDecimal(p.avg_entry_price, 2)}</td>
              <td className="right num">{formatDecimal(p.market_price, 2)}</td>
              <td className="right num">{formatDecimal(p.market_value, 2)}</td>
              <td className="right num">
                <Signed text={formatDecimal(p.unrealized_pl, 2, true)} />
              </td>
              <td className="right num">
                <Signed text={formatPercent(ratio(p.unrealized_pl, p.cost_basis), 1, true)} />
              </td>
              <td className="right num">
                <Signed text={formatDecimal(p.realized_pl, 2, true)} />
              </td>
              <td className="right num">{equity === null ? '–' : formatPercent(ratio(p.market_value, equity), 1)}</td>
              <td>
                <Instant at={p.opened_at} />
              </td>
              <td>
                {p.recommendation_id === null ? (
                  '–'
                ) : (
                  <Link to={recommendationPath(p.recommendation_id)}>recommendation</Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  )
}
