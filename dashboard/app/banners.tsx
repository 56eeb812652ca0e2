import type { ReactNode } from 'react'
import { useLive, useLiveStore } from '../data/use-live.ts'
import { formatInstant, formatTime } from '../ui/format.ts'

/** What everyone must know whatever page is open: no connection, and a halt. */
export function Banners(): ReactNode {
  const { view, freshness, retryInSeconds } = useLive()
  const store = useLiveStore()
  const risk = view?.state ?? null
  return (
    <>
      {freshness !== 'disconnected' ? null : (
        <div className="banner banner-disconnected">
          <p>
            <strong>✕ Disconnected.</strong>{' '}
            {view === null
              ? 'The server has not answered yet.'
              : `Live numbers are as of ${formatTime(view.as_of)} UTC and shown in grey.`}{' '}
            <span className="num">{retryInSeconds === null ? 'Trying now.' : `Next try in ${retryInSeconds} s.`}</span>
          </p>
          <button type="button" onClick={() => store?.retryNow()}>
            Try now
          </button>
        </div>
      )}
      {risk === null || risk.state === 'active' ? null : (
        <div className="banner banner-halted">
          <p>
            <strong>■ {risk.state === 'halted' ? 'New orders are halted.' : 'Reducing only.'}</strong> By{' '}
            {risk.changed_by} at {formatInstant(risk.changed_at)} UTC: {risk.reason}
          </p>
        </div>
      )}
    </>
  )
}
