import type { ReactNode } from 'react'

/** How well something runs. Worst first. */
export type Status = 'failing' | 'halted' | 'behind' | 'keeping up' | 'idle'

const ICONS: Readonly<Record<Status, string>> = {
  'keeping up': '●',
  behind: '▲',
  failing: '✕',
  halted: '■',
  idle: '○',
}

const classOf = (status: Status): string => `status-${status.replace(' ', '-')}`

/** Icon, word, and colour third. */
export function StatusMark({
  status,
  children,
}: {
  readonly status: Status
  readonly children?: ReactNode
}): ReactNode {
  return (
    <span className={`status ${classOf(status)}`}>
      <span aria-hidden="true" className="status-icon">
        {ICONS[status]}
      </span>
      {children ?? status}
    </span>
  )
}

/** The icon alone, where the word stands beside it. */
export function StatusIcon({ status }: { readonly status: Status }): ReactNode {
  return (
    <span aria-hidden="true" className={`status-icon ${classOf(status)}`}>
      {ICONS[status]}
    </span>
  )
}

const ACTION_ICONS: Readonly<Record<string, string>> = { buy: '▲', sell: '▼', hold: '■' }

/** buy, sell or hold, with its mark. */
export function ActionMark({ action }: { readonly action: string }): ReactNode {
  return (
    <span className={`action action-${action}`}>
      <span aria-hidden="true">{ACTION_ICONS[action] ?? '■'}</span> {action}
    </span>
  )
}

/** A signed amount with its direction: sign, mark, and colour third. */
export function Signed({ text }: { readonly text: string }): ReactNode {
  const side = text.startsWith('\u2212') ? 'down' : text.startsWith('+') ? 'up' : 'level'
  return <span className={`signed signed-${side}`}>{text}</span>
}

/** Stands wherever a record was generated, not observed. */
export function Simulated({ when, brief }: { readonly when: boolean; readonly brief?: boolean }): ReactNode {
  if (!when) return null
  return (
    <span className="tag tag-simulated" title="Generated, not observed">
      {brief === true ? 'simulated' : 'simulated data'}
    </span>
  )
}
