import type { ReactNode } from 'react'
import { Link } from '../../app/location.tsx'
import { recommendationPath } from '../../app/route.ts'
import type { DocumentDetail, ExtractionJson } from '../../data/wire.ts'
import { formatNumber, formatPercent, plural, words } from '../../ui/format.ts'
import { Instant, Section } from '../../ui/parts.tsx'
import { ActionMark, Signed } from '../../ui/status.tsx'
import type { Mark } from './marks.ts'

interface SideProps {
  readonly document: DocumentDetail
  readonly marks: readonly Mark[]
  readonly current: Mark | null
}

/** Claims by company, each leading to its sentence, and the recommendations that quote this document. */
export function DocumentSide({ document: d, marks, current }: SideProps): ReactNode {
  return (
    <>
      {d.extractions.map((e) => (
        <Section key={e.extraction_id} title={e.symbol ?? 'No company'} note={extractorOf(e)}>
          <Extracted extraction={e} marks={marks} current={current} />
        </Section>
      ))}
      {d.extractions.length > 0 ? null : <p className="faint">Not extracted yet.</p>}
      <Section title="Quoted by">
        {d.recommendations.length === 0 ? <p className="faint">No recommendation quotes it.</p> : null}
        <ul className="plain">
          {d.recommendations.map((r) => (
            <li key={r.recommendation_id}>
              <ActionMark action={r.action} />{' '}
              <Link to={recommendationPath(r.recommendation_id)}>
                {r.symbol} {formatNumber(r.score, 2, true)}
              </Link>{' '}
              <span className="faint">
                <Instant at={r.as_of} />
              </span>
            </li>
          ))}
        </ul>
      </Section>
    </>
  )
}

const extractorOf = (e: ExtractionJson): string =>
  `${e.model ?? e.extractor} ${e.model === null ? e.extractor_version : ''}${e.degraded ? ', degraded' : ''}`.trim()

function Extracted({
  extraction: e,
  marks,
  current,
}: Omit<SideProps, 'document'> & { readonly extraction: ExtractionJson }): ReactNode {
  const numbersOf = (claimId: string): readonly Mark[] =>
    marks.filter((m) => m.claims.some((c) => c.key === `${e.extraction_id} ${claimId}`))
  return (
    <>
      <p className="faint">
        sentiment {formatNumber(e.sentiment, 2, true)} · confidence {formatPercent(e.confidence)} · relevance{' '}
        {formatPercent(e.relevance)} · {plural(e.mention_count, 'mention')}
      </p>
      {e.abstain_reason === null ? null : <p>Abstained: {words(e.abstain_reason)}.</p>}
      {e.injection_suspected ? <p className="error-text">The text addresses a machine; its weight is zero.</p> : null}
      <ol className="plain claims">
        {e.claims.map((claim) => (
          <li key={claim.claim_id}>
            {numbersOf(claim.claim_id).map((m) => (
              <a
                key={m.number}
                href={`#e${m.number}`}
                className="mark-link"
                {...(m.number === current?.number ? { 'aria-current': 'true' as const } : {})}
              >
                {m.number}
              </a>
            ))}{' '}
            <Signed text={formatNumber(claim.sentiment, 2, true)} /> {words(claim.event_type)}
            {claim.sub_type === null ? '' : ` (${words(claim.sub_type)})`}{' '}
            <span className="faint">
              {claim.modality}, {claim.magnitude}, {claim.horizon}
            </span>
          </li>
        ))}
      </ol>
    </>
  )
}
