import type { ReactNode } from 'react'
import type { ExecutionJson } from '../../data/wire.ts'
import { formatDecimal, formatQty, words } from '../../ui/format.ts'
import { Instant, TableBox } from '../../ui/parts.tsx'
import { Empty } from '../../ui/states.tsx'
import { ActionMark, Simulated } from '../../ui/status.tsx'

/** Each word of the venue, newest first. */
export function Executions({ executions }: { readonly executions: readonly ExecutionJson[] }): ReactNode {
  if (executions.length === 0) return <Empty why="The venue has reported nothing yet." />
  return (
    <TableBox label="Executions">
      <table>
        <thead>
          <tr>
            <th scope="col">time (UTC)</th>
            <th scope="col">symbol</th>
            <th scope="col">side</th>
            <th scope="col">event</th>
            <th scope="col">leg</th>
            <th scope="col" className="right">
              qty
            </th>
            <th scope="col" className="right">
              price
            </th>
            <th scope="col" className="right">
              fee
            </th>
            <th scope="col">reason</th>
            <th scope="col">client order id</th>
          </tr>
        </thead>
        <tbody>
          {executions.map((x) => (
            <tr key={x.execution_id}>
              <td>
                <Instant at={x.transact_at} />
              </td>
              <th scope="row">
                {x.symbol} <Simulated when={x.simulated} brief />
              </th>
              <td>
                <ActionMark action={x.side} />
              </td>
              <td>{words(x.event)}</td>
              <td>{words(x.leg)}</td>
              <td className="right num">{formatQty(x.last_qty)}</td>
              <td className="right num">{formatDecimal(x.last_price, 2)}</td>
              <td className="right num">{formatDecimal(x.fee, 2)}</td>
              <td>{x.reason ?? ''}</td>
              <td className="mono faint">{x.client_order_id}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  )
}
