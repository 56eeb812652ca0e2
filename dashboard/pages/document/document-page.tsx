import { type ReactNode, useEffect, useMemo } from 'react'
import { Link, useAddress } from '../../app/location.tsx'
import { isForWidget } from '../../app/use-keys.ts'
import { useResource } from '../../data/use-resource.ts'
import type { DocumentDetail } from '../../data/wire.ts'
import { formatDuration, NOTHING, plural } from '../../ui/format.ts'
import { Facts, Hash, Instant, OutsideLink, Section } from '../../ui/parts.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { Simulated } from '../../ui/status.tsx'
import { DocumentSide } from './document-side.tsx'
import { MarkedText } from './marked-text.tsx'
import { type Mark, markAt, marksOf, neighbour } from './marks.ts'

/** What did we read, and which words made the difference? */
export function DocumentPage({ id }: { readonly id: string }): ReactNode {
  const resource = useResource<DocumentDetail>(`/api/v1/documents/${encodeURIComponent(id)}`)
  return (
    <Loaded resource={resource} what="This document could not be read." rows={14} isPage>
      {(document) => <Read document={document} />}
    </Loaded>
  )
}

function goTo(mark: Mark | null): void {
  if (mark === null) return
  const anchor = document.getElementById(`e${mark.number}`)
  window.history.replaceState(null, '', `${window.location.pathname}#e${mark.number}`)
  window.dispatchEvent(new HashChangeEvent('hashchange'))
  anchor?.focus({ preventScroll: true })
  anchor?.scrollIntoView({ block: 'center' })
}

function useMarkKeys(marks: readonly Mark[], current: Mark | null): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isForWidget(event)) return
      if (event.key === 'n') goTo(neighbour(marks, current, 1))
      if (event.key === 'p') goTo(neighbour(marks, current, -1))
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [marks, current])
}

function sentenceOf(document: DocumentDetail, marks: readonly Mark[]): string {
  const symbols = [...new Set(document.extractions.map((e) => e.symbol).filter((s) => s !== null))]
  if (symbols.length === 0) return 'No company was found in this text.'
  const claims = document.extractions.reduce((sum, e) => sum + e.claims.length, 0)
  if (claims === 0) return `It names ${symbols.join(', ')}, and claims nothing that counts.`
  return `${plural(marks.length, 'sentence')} made the difference, for ${symbols.join(', ')}.`
}

function Read({ document: d }: { readonly document: DocumentDetail }): ReactNode {
  const address = useAddress()
  const marks = useMemo(() => marksOf(d), [d])
  const current = markAt(marks, address.hash, address.searchParams.get('at'))
  useMarkKeys(marks, current)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once a document, when its text is on the page
  useEffect(() => goTo(current), [d.document_id])
  return (
    <article>
      <p className="crumbs">
        {d.source_owner ?? d.source_id} <span className="faint">({d.source_type})</span>
      </p>
      <h1>{sentenceOf(d, marks)}</h1>
      <div className="document">
        <div className="document-main">
          <h2 className="document-title">{d.title ?? 'Untitled'}</h2>
          <p className="faint document-by">
            {d.byline === null ? null : `${d.byline} · `}
            <OutsideLink url={d.url} /> <Simulated when={d.simulated} />
          </p>
          {marks.length === 0 ? null : (
            <div className="buttons mark-keys">
              <button type="button" onClick={() => goTo(neighbour(marks, current, -1))}>
                Previous <kbd>p</kbd>
              </button>
              <button type="button" onClick={() => goTo(neighbour(marks, current, 1))}>
                Next <kbd>n</kbd>
              </button>
              <span className="faint num">
                {current === null ? plural(marks.length, 'mark') : `${current.number} of ${marks.length}`}
              </span>
            </div>
          )}
          {d.text === null ? (
            <Empty why="The text is not parsed yet.">
              <p>The raw bytes are kept as {d.raw_object_key}.</p>
            </Empty>
          ) : (
            <MarkedText text={d.text} marks={marks} current={current?.number ?? null} />
          )}
        </div>
        <aside className="document-side" aria-label="About this document">
          <DocumentSide document={d} marks={marks} current={current} />
          <Section title="Times and origin">
            <Origin d={d} />
          </Section>
        </aside>
      </div>
      <p>
        <Link to="/recommendations">All recommendations</Link>
      </p>
    </article>
  )
}

const delay = (from: string | null, to: string): string =>
  from === null ? NOTHING : formatDuration(Math.max(0, new Date(to).getTime() - new Date(from).getTime()))

function Origin({ d }: { readonly d: DocumentDetail }): ReactNode {
  return (
    <Facts
      rows={[
        ['published', <Instant key="p" at={d.published_at} />],
        ['received', <Instant key="r" at={d.received_at} />],
        ['delay', delay(d.published_at, d.received_at)],
        ['language', d.language ?? NOTHING],
        ['form', d.form_type ?? NOTHING],
        ['parser', d.parser_version ?? NOTHING],
        ['raw sha256', <Hash key="h" value={d.raw_sha256} />],
        ['raw object', <Hash key="o" value={d.raw_object_key} />],
      ]}
    />
  )
}
