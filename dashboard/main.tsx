import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { applyTheme, storedTheme } from './app/theme.ts'
import { browserLive, LiveContext } from './data/use-live.ts'

applyTheme(storedTheme())
const live = browserLive()
live.start()

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id root')
createRoot(root).render(
  <StrictMode>
    <LiveContext value={live}>
      <App />
    </LiveContext>
  </StrictMode>,
)
