import { type ReactNode, useState } from 'react'
import type { LiveState } from '../data/live.ts'
import { useLive, useLiveStore } from '../data/use-live.ts'
import { formatTime } from '../ui/format.ts'
import { Simulated, StatusMark } from '../ui/status.tsx'
import { Link } from './location.tsx'
import type { Route } from './route.ts'
import { applyTheme, nextTheme, storedTheme } from './theme.ts'

const LINKS: readonly { readonly to: string; readonly label: string; readonly pages: readonly Route['page'][] }[] = [
  { to: '/', label: 'Topology', pages: ['topology'] },
  { to: '/recommendations', label: 'Recommendations', pages: ['recommendations', 'recommendation', 'document'] },
  { to: '/trading', label: 'Trading', pages: ['trading'] },
]

function AsOf({ live }: { readonly live: LiveState }): ReactNode {
  const at = live.view === null ? '––:––:––' : formatTime(live.view.as_of)
  const text = { waiting: 'connecting', fresh: 'as of', late: '▲ late, as of', disconnected: '✕ disconnected, as of' }
  return (
    <span className={`as-of as-of-${live.paused ? 'paused' : live.freshness}`}>
      {live.paused ? '■ paused, as of' : text[live.freshness]} <span className="num">{at}</span> UTC
    </span>
  )
}

function KillSwitch({ live }: { readonly live: LiveState }): ReactNode {
  const risk = live.view?.state ?? null
  if (risk === null) return <span className="faint">orders –</span>
  if (live.freshness === 'disconnected') return <StatusMark status="idle">orders were {risk.state}</StatusMark>
  if (risk.state === 'halted') return <StatusMark status="halted">orders halted</StatusMark>
  if (risk.state === 'reducing') return <StatusMark status="behind">reducing only</StatusMark>
  return <StatusMark status="keeping up">orders active</StatusMark>
}

/** The same on every page: product, mode, kill switch, age of the data, pages, and help at the same place. */
export function Header({ page, onHelp }: { readonly page: Route['page']; readonly onHelp: () => void }): ReactNode {
  const live = useLive()
  const store = useLiveStore()
  const [theme, setTheme] = useState(storedTheme)
  const changeTheme = (): void => {
    const next = nextTheme(theme)
    applyTheme(next)
    setTheme(next)
  }
  const mode = live.view?.stats.mode ?? null
  return (
    <header className="header">
      <div className="header-name">
        <Link to="/" className="product">
          Stonks Oracle
        </Link>
        {mode === null ? null : <strong className={`mode mode-${mode}`}>{mode.toUpperCase()}</strong>}
        <Simulated when={live.view?.stats.simulated ?? false} />
      </div>
      <nav aria-label="Pages" className="nav">
        {LINKS.map(({ to, label, pages }) => (
          <Link key={to} to={to} {...(pages.includes(page) ? { 'aria-current': 'page' as const } : {})}>
            {label}
          </Link>
        ))}
      </nav>
      <div className="header-state">
        <KillSwitch live={live} />
        <AsOf live={live} />
        <button
          type="button"
          className="quiet"
          aria-pressed={live.paused}
          onClick={() => store?.setPaused(!live.paused)}
          title="Pause live updates (.)"
        >
          {live.paused ? 'Resume' : 'Pause'}
        </button>
        <button type="button" className="quiet theme-button" onClick={changeTheme} title="Light, dark or as the system">
          {theme === 'system' ? 'Auto' : theme === 'light' ? 'Light' : 'Dark'}
        </button>
        <button type="button" className="quiet" onClick={onHelp} title="Keyboard (?)">
          Help
        </button>
      </div>
    </header>
  )
}
