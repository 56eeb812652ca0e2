import { memo, type ReactNode } from 'react'
import { formatNumber, words } from '../../ui/format.ts'
import { type Mark, type Run, runsOf } from './marks.ts'

const toneOf = (mark: Mark): string => {
  const sum = mark.claims.reduce((total, claim) => total + claim.sentiment, 0)
  return sum > 0 ? 'up' : sum < 0 ? 'down' : 'level'
}

const labelOf = (mark: Mark): string =>
  mark.claims.map((c) => `${formatNumber(c.sentiment, 2, true)} ${c.symbol ?? ''} ${words(c.eventType)}`).join('; ')

/** The text as text nodes only, its evidence in mark elements with a written label before each. */
export const MarkedText = memo(function MarkedText({
  text,
  marks,
  current,
}: {
  readonly text: string
  readonly marks: readonly Mark[]
  readonly current: number | null
}): ReactNode {
  return (
    <div className="document-text">
      {runsOf(text, marks).map((run) => (
        <RunOf key={run.start} run={run} current={current} />
      ))}
    </div>
  )
})

function RunOf({ run, current }: { readonly run: Run; readonly current: number | null }): ReactNode {
  const top = run.marks.at(-1)
  if (top === undefined) return run.text
  const isCurrent = run.marks.some((m) => m.number === current)
  return (
    <>
      {run.opens.map((mark) => (
        <a
          key={mark.number}
          id={`e${mark.number}`}
          href={`#e${mark.number}`}
          className="mark-label"
          {...(mark.number === current ? { 'aria-current': 'true' as const } : {})}
        >
          <span className="mark-number">{mark.number}</span> {labelOf(mark)}
        </a>
      ))}
      <mark className={`mark-${toneOf(top)} ${isCurrent ? 'mark-current' : ''}`}>{run.text}</mark>
    </>
  )
}
