import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useLive } from '../data/use-live.ts'
import { headlineOf } from '../pages/topology/headline.ts'

const ANNOUNCE_EVERY_MS = 10_000

/** One polite live region: at most one sentence in ten seconds, and only where a state changed. */
export function StateAnnouncer(): ReactNode {
  const { view, freshness } = useLive()
  const connection = freshness === 'disconnected' ? 'Disconnected.' : ''
  const switchState = view === null ? '' : `Orders are ${view.state.state}.`
  const flow = view === null ? '' : headlineOf(view.topology.nodes).state
  const state = `${connection} ${switchState} ${flow}`.trim()
  const said = useRef(state)
  const saidAtMs = useRef(0)
  const [sentence, setSentence] = useState('')
  useEffect(() => {
    if (state === said.current) return
    // The first picture is on the page already; only what changes after it is news.
    const isFirst = said.current === ''
    const waitMs = Math.max(0, saidAtMs.current + ANNOUNCE_EVERY_MS - Date.now())
    const timer = setTimeout(() => {
      said.current = state
      if (isFirst) return
      saidAtMs.current = Date.now()
      setSentence(state)
    }, waitMs)
    return () => clearTimeout(timer)
  }, [state])
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {sentence}
    </div>
  )
}
