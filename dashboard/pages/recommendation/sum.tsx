import type { CSSProperties, ReactNode } from 'react'
import type { RecommendationDetail } from '../../data/wire.ts'
import { formatNumber } from '../../ui/format.ts'
import { TableBox } from '../../ui/parts.tsx'
import { ActionMark, Signed } from '../../ui/status.tsx'
import { limitOf } from './sentence.ts'
import { type Bar, waterfallOf } from './waterfall.ts'

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`
const side = (value: number): string => (value < 0 ? 'down' : 'up')

function BarCell({
  bar,
  value,
  isTotal,
}: {
  readonly bar: Bar
  readonly value: number
  readonly isTotal?: boolean
}): ReactNode {
  return (
    <td className="bar-cell" aria-hidden="true">
      <span
        className={`bar bar-${side(value)} ${isTotal === true ? 'bar-total' : ''}`}
        style={{ left: percent(bar.left), width: `max(2px, ${percent(bar.width)})` }}
      />
    </td>
  )
}

/** The score as a sum: zero, then each signed part where the one before it ended, then the score and its threshold. */
export function Sum({ recommendation: r }: { readonly recommendation: RecommendationDetail }): ReactNode {
  const fall = waterfallOf(
    r.contributions.map((c) => c.contribution),
    r.score,
    limitOf(r),
  )
  const marks = { '--zero-at': percent(fall.zeroAt), '--threshold-at': percent(fall.thresholdAt) } as CSSProperties
  return (
    <TableBox label="How the score adds up">
      <table className="sum" style={marks}>
        <thead>
          <tr>
            <th scope="col">part</th>
            <th scope="col" className="right wide-only">
              value
            </th>
            <th scope="col" className="right wide-only">
              weight
            </th>
            <th scope="col" className="right">
              adds
            </th>
            <td className="bar-head" aria-hidden="true">
              <span className="bar-tick wide-only" style={{ left: percent(fall.zeroAt) }}>
                0
              </span>
              <span className="bar-tick" style={{ left: percent(fall.thresholdAt) }}>
                {r.score < 0 ? 'sell' : 'buy'} {formatNumber(limitOf(r), 2, true)}
              </span>
            </td>
          </tr>
        </thead>
        <tbody>
          {r.contributions.map((c, index) => (
            <tr key={c.name}>
              <th scope="row" title={c.name}>
                {c.label}
                <span className="narrow-only faint num">
                  {formatNumber(c.value, 3, true)} × {formatNumber(c.weight, 2)}
                </span>
              </th>
              <td className="right num wide-only">{formatNumber(c.value, 3, true)}</td>
              <td className="right num wide-only">× {formatNumber(c.weight, 2)}</td>
              <td className="right num">
                <Signed text={formatNumber(c.contribution, 3, true)} />
              </td>
              <BarCell bar={fall.bars[index] ?? { left: fall.zeroAt, width: 0 }} value={c.contribution} />
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">
              score <ActionMark action={r.action} />
            </th>
            <td className="wide-only" />
            <td className="wide-only" />
            <td className="right num">
              <strong>{formatNumber(r.score, 3, true)}</strong>
            </td>
            <BarCell bar={fall.total} value={r.score} isTotal />
          </tr>
        </tfoot>
      </table>
      {Math.abs(fall.sum - r.score) < 0.0005 ? null : (
        <p className="error-text">The parts add up to {formatNumber(fall.sum, 3, true)}, which is not the score.</p>
      )}
    </TableBox>
  )
}
