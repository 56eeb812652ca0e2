import type { ReactNode } from 'react'
import { Link } from '../../app/location.tsx'
import { useLive } from '../../data/use-live.ts'
import { useResource } from '../../data/use-resource.ts'
import type { EquitySeries, ExecutionJson, OrderJson, Page, PositionJson, RiskVerdictJson } from '../../data/wire.ts'
import { Section } from '../../ui/parts.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { booksSentence, isOpen } from './books.ts'
import { Denied } from './denied.tsx'
import { Executions } from './executions.tsx'
import { HaltSwitch } from './halt-switch.tsx'
import { Orders } from './orders.tsx'
import { Positions } from './positions.tsx'
import { Profit } from './profit.tsx'

/** What do we hold, what is it worth, and what is on its way? */
export function TradingPage(): ReactNode {
  const { view } = useLive()
  const revision = String(view?.revisions.orders ?? 0)
  const positions = useResource<Page<PositionJson>>('/api/v1/positions', revision)
  const orders = useResource<Page<OrderJson>>('/api/v1/orders?limit=100', revision)
  const executions = useResource<Page<ExecutionJson>>('/api/v1/executions?limit=50', revision)
  const equity = useResource<EquitySeries>('/api/v1/equity', revision)
  const denied = useResource<Page<RiskVerdictJson>>('/api/v1/verdicts?decision=denied&limit=50', revision)
  const latest = equity.data?.items.at(-1)
  const sentence =
    positions.data === null || orders.data === null
      ? 'Orders and positions'
      : booksSentence(latest, positions.data.items, orders.data.items, view?.state ?? null)
  const openCount = orders.data?.items.filter(isOpen).length ?? null
  return (
    <>
      <div className="page-head">
        <h1>{sentence}</h1>
        <HaltSwitch risk={view?.state ?? null} openOrders={openCount} />
      </div>
      <Section title="Profit and loss">
        <Loaded resource={equity} what="The equity line could not be read." rows={5}>
          {(series) =>
            series.items.length === 0 ? (
              <Empty why="No books yet.">
                <p>The account is written with the first fill.</p>
              </Empty>
            ) : (
              <Profit points={series.items} />
            )
          }
        </Loaded>
      </Section>
      <Section title="Positions">
        <Loaded resource={positions} what="The positions could not be read." rows={3}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty why="No positions.">
                <p>
                  An order needs a buy that passes every risk check.{' '}
                  <Link to="/recommendations?action=buy">See the buys</Link>
                </p>
              </Empty>
            ) : (
              <Positions positions={page.items} equity={latest?.equity ?? null} />
            )
          }
        </Loaded>
      </Section>
      <Section title="Orders" note="Status in the venue's own words.">
        <Loaded resource={orders} what="The orders could not be read." rows={5}>
          {(page) => <Orders orders={page.items} />}
        </Loaded>
      </Section>
      <Section title="Executions">
        <Loaded resource={executions} what="The executions could not be read." rows={3}>
          {(page) => <Executions executions={page.items} />}
        </Loaded>
      </Section>
      <Section
        title="Denied"
        note="Denied is ours; rejected is the venue's. Every check runs and every failure is listed."
      >
        <Loaded resource={denied} what="The denied intents could not be read." rows={3}>
          {(page) => <Denied verdicts={page.items} />}
        </Loaded>
      </Section>
    </>
  )
}
