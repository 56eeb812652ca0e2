import { createContext, use, useSyncExternalStore } from 'react'
import { createLive, type LiveState, type LiveStore } from './live.ts'

/** The store over the browser's own clock and network. */
export function browserLive(): LiveStore {
  return createLive({
    open: () => {
      const source = new EventSource('/api/v1/live')
      return {
        addEventListener: (type, listener) =>
          source.addEventListener(type, (event) => listener(event as MessageEvent<unknown>)),
        close: () => source.close(),
      }
    },
    nowMs: () => Date.now(),
    random: () => Math.random(),
    setTimer: (run, delayMs) => window.setTimeout(run, delayMs),
    clearTimer: (timer) => window.clearTimeout(timer as number),
  })
}

export const LiveContext = createContext<LiveStore | null>(null)

const EMPTY: LiveState = { view: null, freshness: 'waiting', retryInSeconds: null, paused: false }
const never = (): (() => void) => () => {}

/** The live state, drawn anew when it changes: once a second at most. */
export function useLive(): LiveState {
  const store = use(LiveContext)
  return useSyncExternalStore(store?.subscribe ?? never, store?.state ?? (() => EMPTY), () => EMPTY)
}

/** The store itself, for its actions. */
export const useLiveStore = (): LiveStore | null => use(LiveContext)
