import type { ReactNode } from 'react'
import type { TopologyFile } from '../../data/wire.ts'

const LISTED_MAX = 3

/** That the topology file is not what runs: it is broken, or says something else by now. */
export function FileNotice({ file }: { readonly file: TopologyFile | undefined }): ReactNode {
  if (file === undefined || file.state === 'as_loaded') return null
  const isBroken = file.state === 'broken'
  const more = file.changes.length - LISTED_MAX
  return (
    <div className={`notice notice-${file.state}`} role="status">
      <p>
        <strong>
          {isBroken
            ? '✕ The topology file is broken; what it said before goes on.'
            : '△ The topology file was changed.'}
        </strong>{' '}
        {isBroken ? 'Its mistakes:' : 'What runs here still is what it said before. Changed:'}
      </p>
      <ul>
        {file.changes.slice(0, LISTED_MAX).map((change) => (
          <li key={change} className="mono">
            {change}
          </li>
        ))}
        {more > 0 ? <li>and {more} more</li> : null}
      </ul>
      <p className="mono faint">{isBroken ? 'npx stonks validate' : 'npx stonks plan'}</p>
    </div>
  )
}
