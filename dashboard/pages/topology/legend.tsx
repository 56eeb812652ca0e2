import type { ReactNode } from 'react'
import { StatusMark } from '../../ui/status.tsx'

const LINES = [
  ['stream', 'records'],
  ['feedback', 'back into the flow'],
  ['broadcast', 'to every task'],
  ['table', 'looked up'],
] as const

/** What marks and lines mean. */
export function Legend(): ReactNode {
  return (
    <ul className="legend" aria-label="Legend">
      {(['keeping up', 'behind', 'failing', 'idle'] as const).map((status) => (
        <li key={status}>
          <StatusMark status={status} />
        </li>
      ))}
      {LINES.map(([kind, meaning]) => (
        <li key={kind}>
          <svg width="26" height="8" aria-hidden="true">
            <path d="M0 4 H26" className={`wire wire-${kind} wire-near`} strokeWidth="1.5" />
          </svg>{' '}
          {meaning}
        </li>
      ))}
      <li className="faint">A line's width grows with the logarithm of its rate.</li>
    </ul>
  )
}
