import type { ReactNode } from 'react'
import type { AccountJson } from '../../data/wire.ts'
import { formatDecimal, formatPercent } from '../../ui/format.ts'
import { Instant, TableBox } from '../../ui/parts.tsx'
import { Signed, Simulated } from '../../ui/status.tsx'
import { drawdownOf } from './books.ts'
import { EquityLine } from './equity-line.tsx'

const ROWS_MAX = 200

/** Realized and unrealized apart, with the equity line and the same as a table. */
export function Profit({ points }: { readonly points: readonly AccountJson[] }): ReactNode {
  const latest = points.at(-1)
  if (latest === undefined) return null
  return (
    <>
      <dl className="figures">
        <Figure name="equity, USD" value={formatDecimal(latest.equity, 2)} />
        <Figure name="cash" value={formatDecimal(latest.cash, 2)} />
        <Figure name="realized, after fees" value={<Signed text={formatDecimal(latest.realized_pl, 2, true)} />} />
        <Figure name="unrealized" value={<Signed text={formatDecimal(latest.unrealized_pl, 2, true)} />} />
        <Figure name="fees" value={formatDecimal(latest.fees, 2)} />
        <Figure name="largest drawdown" value={formatPercent(drawdownOf(points), 1)} />
      </dl>
      <p className="faint note">
        Account {latest.account_id} as of <Instant at={latest.as_of} /> <Simulated when={latest.simulated} />
      </p>
      <EquityLine points={points} />
      <details>
        <summary>The line as a table</summary>
        <EquityTable points={points} />
      </details>
    </>
  )
}

function Figure({ name, value }: { readonly name: string; readonly value: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num">{value}</dd>
    </div>
  )
}

function EquityTable({ points }: { readonly points: readonly AccountJson[] }): ReactNode {
  return (
    <TableBox label="Equity">
      <table>
        <thead>
          <tr>
            <th scope="col">time (UTC)</th>
            {['equity', 'cash', 'realized', 'unrealized', 'fees'].map((head) => (
              <th key={head} scope="col" className="right">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points
            .slice(-ROWS_MAX)
            .toReversed()
            .map((p) => (
              <tr key={`${p.as_of} ${p.equity} ${p.cash}`}>
                <td>
                  <Instant at={p.as_of} />
                </td>
                <td className="right num">{formatDecimal(p.equity, 2)}</td>
                <td className="right num">{formatDecimal(p.cash, 2)}</td>
                <td className="right num">{formatDecimal(p.realized_pl, 2, true)}</td>
                <td className="right num">{formatDecimal(p.unrealized_pl, 2, true)}</td>
                <td className="right num">{formatDecimal(p.fees, 2)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </TableBox>
  )
}
