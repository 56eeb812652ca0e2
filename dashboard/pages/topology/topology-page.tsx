import { type ReactNode, useEffect, useState } from 'react'
import { setParameter, useAddress } from '../../app/location.tsx'
import { isForWidget } from '../../app/use-keys.ts'
import { useLive } from '../../data/use-live.ts'
import type { Topology } from '../../data/wire.ts'
import { formatCount, formatTime } from '../../ui/format.ts'
import { Empty, Loading } from '../../ui/states.tsx'
import { StatusIcon } from '../../ui/status.tsx'
import { FileNotice } from './file-notice.tsx'
import { Graph } from './graph.tsx'
import { deadLettersOf, headlineOf, RULE } from './headline.ts'
import { Legend } from './legend.tsx'
import { NodePanel } from './node-panel.tsx'
import { NodeTable } from './node-table.tsx'
import { useNarrow } from './use-size.ts'

/** Is it flowing, and where is it slow? */
export function TopologyPage(): ReactNode {
  const { view, freshness } = useLive()
  if (view === null) {
    return (
      <>
        <h1>{freshness === 'disconnected' ? 'The engine has not answered yet.' : 'Reading the topology.'}</h1>
        <Loading rows={5} />
      </>
    )
  }
  if (view.topology.nodes.length === 0) {
    return (
      <>
        <h1>No topology is loaded.</h1>
        <Empty why="Nothing runs until a topology is applied. Two commands load one:">
          <pre>{'npx stonks validate topology/stonks.yaml\nnpx stonks apply topology/stonks.yaml'}</pre>
        </Empty>
      </>
    )
  }
  return <LoadedTopology topology={view.topology} isOld={freshness === 'disconnected'} />
}

function usePageKeys(showsTable: boolean, onFit: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isForWidget(event)) return
      if (event.key === 't') setParameter('view', showsTable ? null : 'table')
      else if (event.key === 'f') onFit()
      else if (event.key === 'Escape') setParameter('node', null)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [showsTable, onFit])
}

const ZOOMS = [0.6, 0.8, 1, 1.25, 1.6, 2] as const
const FIT = ZOOMS.indexOf(1)
const showFit = (setZoom: (zoom: number) => void) => (): void => setZoom(FIT)

function LoadedTopology({ topology, isOld }: { readonly topology: Topology; readonly isOld: boolean }): ReactNode {
  const { searchParams } = useAddress()
  const selected = topology.nodes.find((n) => n.name === searchParams.get('node')) ?? null
  const isNarrow = useNarrow()
  const showsTable = isNarrow || searchParams.get('view') === 'table'
  const [zoom, setZoom] = useState<number>(FIT)
  const [fit] = useState(() => showFit(setZoom))
  usePageKeys(showsTable, fit)
  const headline = headlineOf(topology.nodes)
  const select = (name: string | null): void => setParameter('node', name)
  return (
    <div className={isOld ? 'outdated' : undefined}>
      <h1>
        <StatusIcon status={headline.status} /> {isOld ? `Last known, at ${formatTime(topology.as_of)}: ` : ''}
        {headline.sentence}
      </h1>
      <FileNotice file={topology.file} />
      <div className="toolbar">
        <p className="faint">
          {topology.name} · {formatCount(topology.nodes.length)} nodes · dead letters {deadLettersOf(topology.nodes)} ·
          measured <span className="num">{formatTime(topology.as_of)}</span>
        </p>
        <div className="buttons" hidden={isNarrow}>
          <button
            type="button"
            disabled={zoom === 0 || showsTable}
            onClick={() => setZoom(zoom - 1)}
            aria-label="Smaller"
          >
            −
          </button>
          <button type="button" disabled={showsTable} onClick={fit}>
            Fit
          </button>
          <button
            type="button"
            disabled={zoom === ZOOMS.length - 1 || showsTable}
            onClick={() => setZoom(zoom + 1)}
            aria-label="Larger"
          >
            +
          </button>
          <button
            type="button"
            aria-pressed={showsTable}
            onClick={() => setParameter('view', showsTable ? null : 'table')}
          >
            Table
          </button>
        </div>
      </div>
      {showsTable ? (
        <NodeTable topology={topology} selected={selected?.name ?? null} onSelect={select} />
      ) : (
        <>
          <Graph topology={topology} selected={selected?.name ?? null} zoom={ZOOMS[zoom] ?? 1} onSelect={select} />
          <Legend />
        </>
      )}
      <NodePanel topology={topology} node={selected} />
      <p className="faint note">{RULE}</p>
    </div>
  )
}
