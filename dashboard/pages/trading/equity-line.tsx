import type { ReactNode } from 'react'
import type { AccountJson } from '../../data/wire.ts'
import { formatInstant, formatNumber } from '../../ui/format.ts'

const WIDTH = 1000
const HEIGHT = 140

interface Line {
  readonly path: string
  readonly low: number
  readonly high: number
  /** Where the first value lies, from the top, 0 to 1. */
  readonly startShare: number
}

/** The series over time as a step line: the books hold until they change. Doubles are enough for where a pixel lies. */
export function lineOf(points: readonly Pick<AccountJson, 'as_of' | 'equity'>[]): Line {
  const values = points.map((p) => Number(p.equity))
  const times = points.map((p) => new Date(p.as_of).getTime())
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0]
  const x = (time: number): number => (to === from ? 0 : ((time - from) / (to - from)) * WIDTH)
  const y = (value: number): number =>
    high === low ? HEIGHT / 2 : 4 + (1 - (value - low) / (high - low)) * (HEIGHT - 8)
  const parts = values.map((value, index) => {
    const at = x(times[index] ?? 0).toFixed(1)
    return index === 0 ? `M${at} ${y(value).toFixed(1)}` : `H${at} V${y(value).toFixed(1)}`
  })
  return { path: `${parts.join(' ')} H${WIDTH}`, low, high, startShare: y(values[0] ?? 0) / HEIGHT }
}

/** The equity line; the table below it holds the same numbers. */
export function EquityLine({ points }: { readonly points: readonly AccountJson[] }): ReactNode {
  const line = lineOf(points)
  const [first, last] = [points[0], points.at(-1)]
  return (
    <figure className="equity">
      <div className="equity-scale num faint" aria-hidden="true">
        <span>{formatNumber(line.high, 0)}</span>
        <span>{formatNumber(line.low, 0)}</span>
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label="Equity over time">
        <line x1="0" x2={WIDTH} y1={line.startShare * HEIGHT} y2={line.startShare * HEIGHT} className="equity-start" />
        <path d={line.path} className="equity-path" />
      </svg>
      <figcaption className="num faint">
        <span>{formatInstant(first?.as_of)}</span>
        <span>dashed: where it began</span>
        <span>{formatInstant(last?.as_of)}</span>
      </figcaption>
    </figure>
  )
}
