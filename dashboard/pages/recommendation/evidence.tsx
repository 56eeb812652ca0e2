import type { ReactNode } from 'react'
import { Link } from '../../app/location.tsx'
import { documentPath } from '../../app/route.ts'
import type { EvidenceJson } from '../../data/wire.ts'
import { formatNumber, plural, words } from '../../ui/format.ts'
import { Hash, Instant, OutsideLink } from '../../ui/parts.tsx'
import { Signed } from '../../ui/status.tsx'

function EvidenceItem({ evidence: e }: { readonly evidence: EvidenceJson }): ReactNode {
  return (
    <li className="evidence">
      <p className="evidence-head">
        <Signed text={formatNumber(e.contribution, 3, true)} />
        <span>{words(e.event_type)}</span>
        <span className="faint">
          sentiment {formatNumber(e.sentiment, 2, true)} · weight {formatNumber(e.weight, 2)}
          {e.copies > 1 ? ` · ${plural(e.copies, 'copy', 'copies')} counted once` : ''}
        </span>
      </p>
      <blockquote>
        <Link to={documentPath(e.document_id, e.quote_start)} title="Open the document at this sentence">
          {e.quote}
        </Link>
      </blockquote>
      <p className="evidence-source">
        <span className="evidence-title">{e.title ?? 'untitled'}</span>
        <span className="faint">
          {e.source_owner ?? e.source_id} ({words(e.source_type)}) · known <Instant at={e.known_at} />
          {e.url === null ? null : (
            <>
              {' · '}
              <OutsideLink url={e.url}>original</OutsideLink>
            </>
          )}
        </span>
      </p>
      <p className="evidence-hash faint">
        raw sha256 <Hash value={e.raw_sha256} />
      </p>
    </li>
  )
}

interface SideProps {
  readonly title: string
  readonly empty: string
  readonly list: readonly EvidenceJson[]
}

function Side({ title, empty, list }: SideProps): ReactNode {
  return (
    <div>
      <h3>
        {title} <span className="faint num">{list.length}</span>
      </h3>
      {list.length === 0 ? (
        <p className="faint">{empty}</p>
      ) : (
        <ol className="plain">
          {list.map((e) => (
            <EvidenceItem key={e.cluster_id} evidence={e} />
          ))}
        </ol>
      )}
    </div>
  )
}

interface EvidenceProps {
  readonly supporting: readonly EvidenceJson[]
  readonly opposing: readonly EvidenceJson[]
}

/** For and against, side by side; what speaks against it is never folded away. */
export function EvidenceSides({ supporting, opposing }: EvidenceProps): ReactNode {
  return (
    <div className="columns">
      <Side title="Supporting" empty="Nothing supports it." list={supporting} />
      <Side title="Opposing" empty="Nothing speaks against it." list={opposing} />
    </div>
  )
}
