import type { ReactNode } from 'react'
import { Link } from '../../app/location.tsx'
import { recommendationPath } from '../../app/route.ts'
import type { OrderJson } from '../../data/wire.ts'
import { formatDecimal, formatQty, words } from '../../ui/format.ts'
import { Instant, TableBox } from '../../ui/parts.tsx'
import { Empty } from '../../ui/states.tsx'
import { ActionMark, Simulated, type Status, StatusMark } from '../../ui/status.tsx'
import { isOpen } from './books.ts'

function stateOf(order: OrderJson): Status {
  if (order.status === 'rejected') return 'failing'
  if (order.status === 'filled') return 'keeping up'
  return isOpen(order) ? 'behind' : 'idle'
}

const termsOf = (order: OrderJson): string =>
  [words(order.type), order.time_in_force, order.order_class === 'simple' ? '' : order.order_class]
    .filter((part) => part !== '')
    .join(' · ')

/** Orders newest first, each with the venue's word and the recommendation that caused it. */
export function Orders({ orders }: { readonly orders: readonly OrderJson[] }): ReactNode {
  if (orders.length === 0) {
    return (
      <Empty why="No orders yet.">
        <p>An order needs a buy that passes every risk check; what was stopped is listed under Denied.</p>
      </Empty>
    )
  }
  return (
    <TableBox label="Orders">
      <table>
        <thead>
          <tr>
            <th scope="col">submitted (UTC)</th>
            <th scope="col">symbol</th>
            <th scope="col">side</th>
            <th scope="col">status</th>
            <th scope="col" className="right">
              qty
            </th>
            <th scope="col" className="right">
              filled
            </th>
            <th scope="col" className="right">
              avg price
            </th>
            <th scope="col" className="right">
              stop
            </th>
            <th scope="col" className="right">
              target
            </th>
            <th scope="col">terms</th>
            <th scope="col">why</th>
            <th scope="col">client order id</th>
          </tr>
        </thead>
        <tbody>
          {orders.map((o) => (
            <tr key={o.client_order_id}>
              <td>
                <Instant at={o.submitted_at} />
              </td>
              <th scope="row">
                {o.symbol} <Simulated when={o.simulated} brief />
              </th>
              <td>
                <ActionMark action={o.side} />
              </td>
              <td>
                <StatusMark status={stateOf(o)}>{words(o.status)}</StatusMark>
                {o.status_reason === null ? '' : `: ${o.status_reason}`}
              </td>
              <td className="right num">{formatQty(o.qty)}</td>
              <td className="right num">{formatQty(o.filled_qty)}</td>
              <td className="right num">{formatDecimal(o.filled_avg_price, 2)}</td>
              <td className="right num">{formatDecimal(o.stop_loss_stop_price ?? o.stop_price, 2)}</td>
              <td className="right num">{formatDecimal(o.take_profit_limit_price ?? o.limit_price, 2)}</td>
              <td className="nowrap">{termsOf(o)}</td>
              <td className="nowrap">
                {o.recommendation_id === null ? (
                  words(o.purpose)
                ) : (
                  <Link to={recommendationPath(o.recommendation_id)}>{words(o.purpose)}</Link>
                )}
              </td>
              <td className="mono faint">{o.client_order_id}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  )
}
