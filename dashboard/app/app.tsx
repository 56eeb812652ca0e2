import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { DocumentPage } from '../pages/document/document-page.tsx'
import { TopologyPage } from '../pages/topology/topology-page.tsx'
import { Loading } from '../ui/states.tsx'
import { Banners } from './banners.tsx'
import { Header } from './header.tsx'
import { Help } from './help.tsx'
import { Link, navigate, useAddress } from './location.tsx'
import { type Route, routeOf } from './route.ts'
import { StateAnnouncer } from './state-announcer.tsx'
import { useKeys } from './use-keys.ts'

const RecommendationPage = lazy(async () => {
  const { RecommendationPage: page } = await import('../pages/recommendation/recommendation-page.tsx')
  return { default: page }
})
const RecommendationsPage = lazy(async () => {
  const { RecommendationsPage: page } = await import('../pages/recommendation/recommendations-page.tsx')
  return { default: page }
})
const TradingPage = lazy(async () => {
  const { TradingPage: page } = await import('../pages/trading/trading-page.tsx')
  return { default: page }
})

const TITLES: Readonly<Record<Route['page'], string>> = {
  topology: 'Topology',
  recommendations: 'Recommendations',
  recommendation: 'Recommendation',
  trading: 'Trading',
  document: 'Document',
  unknown: 'Not found',
}

function PageOf({ route }: { readonly route: Route }): ReactNode {
  switch (route.page) {
    case 'topology':
      return <TopologyPage />
    case 'recommendations':
      return <RecommendationsPage />
    case 'recommendation':
      return <RecommendationPage key={route.id} id={route.id} />
    case 'trading':
      return <TradingPage />
    case 'document':
      return <DocumentPage key={route.id} id={route.id} />
    case 'unknown':
      return (
        <>
          <h1>There is no page at this address.</h1>
          <p className="mono">{route.path}</p>
          <p>
            <Link to="/">To the topology</Link>
          </p>
        </>
      )
  }
}

/** Header, banners and the page the address names. */
export function App(): ReactNode {
  const route = routeOf(useAddress().pathname)
  const [helpOpen, setHelpOpen] = useState(false)
  useKeys({ onHelp: () => setHelpOpen(true), onPage: navigate })
  useEffect(() => {
    document.title = `${TITLES[route.page]} · Stonks Oracle`
  }, [route.page])

  return (
    <>
      <a href="#main" className="skip">
        To the content
      </a>
      <Header page={route.page} onHelp={() => setHelpOpen(true)} />
      <Banners />
      <main id="main" tabIndex={-1}>
        <Suspense fallback={<Loading rows={8} />}>
          <PageOf route={route} />
        </Suspense>
      </main>
      <footer className="footer">Research, not advice. All times are UTC.</footer>
      <StateAnnouncer />
      <Help open={helpOpen} onClose={() => setHelpOpen(false)} />
    </>
  )
}
