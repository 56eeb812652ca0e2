import type { ReactNode } from 'react'
import { Link } from '../../app/location.tsx'
import { recommendationPath } from '../../app/route.ts'
import type { RiskVerdictJson } from '../../data/wire.ts'
import { formatDecimal, formatQty, plural } from '../../ui/format.ts'
import { Instant, TableBox } from '../../ui/parts.tsx'
import { Empty } from '../../ui/states.tsx'
import { ActionMark, Simulated } from '../../ui/status.tsx'

/** What risk stopped, by code, with the limit and what was found. */
export function Denied({ verdicts }: { readonly verdicts: readonly RiskVerdictJson[] }): ReactNode {
  if (verdicts.length === 0) return <Empty why="Nothing was denied." />
  return (
    <TableBox label="Denied intents">
      <table>
        <thead>
          <tr>
            <th scope="col">decided (UTC)</th>
            <th scope="col">symbol</th>
            <th scope="col">side</th>
            <th scope="col" className="right">
              qty
            </th>
            <th scope="col" className="right">
              notional
            </th>
            <th scope="col">reasons</th>
            <th scope="col">why it was wanted</th>
          </tr>
        </thead>
        <tbody>
          {verdicts.map((v) => (
            <tr key={v.verdict_id}>
              <td>
                <Instant at={v.decided_at} />
              </td>
              <th scope="row">
                {v.symbol} <Simulated when={v.simulated} brief />
              </th>
              <td>
                <ActionMark action={v.side} />
              </td>
              <td className="right num">{formatQty(v.qty)}</td>
              <td className="right num">{formatDecimal(v.notional, 2)}</td>
              <td className="wrap">
                <ul className="plain reasons">
                  {v.reasons.map((reason) => (
                    <li key={reason.id}>
                      <code>{reason.code}</code> {reason.message}
                      <span className="faint">
                        {reason.limit === null ? '' : ` limit ${reason.limit}`}
                        {reason.observed === null ? '' : `, found ${reason.observed}`}
                      </span>
                    </li>
                  ))}
                </ul>
                <span className="faint">of {plural(v.checks_run, 'check')}</span>
              </td>
              <td>
                {v.recommendation_id === null ? (
                  '–'
                ) : (
                  <Link to={recommendationPath(v.recommendation_id)}>recommendation</Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  )
}
