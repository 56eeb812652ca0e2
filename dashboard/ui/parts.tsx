import type { ReactNode } from 'react'
import { formatAgo, formatInstant, NOTHING } from './format.ts'

/** An address from outside: a link only where it is http or https, else its text. */
export function OutsideLink({
  url,
  children,
}: {
  readonly url: string | null
  readonly children?: ReactNode
}): ReactNode {
  if (url === null) return NOTHING
  const shown = children ?? url
  if (!/^https?:\/\//i.test(url)) return <span>{shown}</span>
  return (
    <a href={url} rel="noopener noreferrer" target="_blank">
      {shown}
      <span aria-hidden="true"> ↗</span>
      <span className="visually-hidden"> (opens in a new tab)</span>
    </a>
  )
}

/** An instant in UTC, with how long ago on hover and focus. */
export function Instant({ at, nowMs }: { readonly at: string | null; readonly nowMs?: number }): ReactNode {
  if (at === null) return NOTHING
  const title = nowMs === undefined ? `${at}` : `${formatAgo(at, nowMs)} (${at})`
  return (
    <time dateTime={at} title={title} className="num">
      {formatInstant(at)}
    </time>
  )
}

/** A hash in full, breaking anywhere, so that it can be compared and copied. */
export function Hash({ value }: { readonly value: string }): ReactNode {
  return <code className="hash">{value}</code>
}

interface SectionProps {
  readonly title: string
  readonly note?: ReactNode
  readonly id?: string
  readonly children: ReactNode
}

/** A titled part of a page. */
export function Section({ title, note, id, children }: SectionProps): ReactNode {
  return (
    <section className="section" {...(id === undefined ? {} : { id })}>
      <div className="section-head">
        <h2>{title}</h2>
        {note === undefined ? null : <div className="section-note">{note}</div>}
      </div>
      {children}
    </section>
  )
}

/** A table that scrolls sideways inside itself; reachable by keyboard. */
export function TableBox({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="table-box" tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}

/** Label and value pairs. */
export function Facts({ rows }: { readonly rows: readonly (readonly [string, ReactNode])[] }): ReactNode {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
