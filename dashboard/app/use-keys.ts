import { useEffect, useRef } from 'react'
import { useLiveStore } from '../data/use-live.ts'

const PAGES: Readonly<Record<string, string>> = { t: '/', r: '/recommendations', o: '/trading' }
const CHORD_MS = 1_500
const OFF_KEY = 'stonks.single-keys'

/** Single keys can be turned off, for those who dictate or whose hands tremble. */
export const singleKeysOn = (): boolean => window.localStorage.getItem(OFF_KEY) !== 'off'
export const setSingleKeys = (on: boolean): void => window.localStorage.setItem(OFF_KEY, on ? 'on' : 'off')

/** True where a key is text, a widget's own, or part of a browser shortcut. */
export function isForWidget(event: KeyboardEvent): boolean {
  const target = event.target
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !singleKeysOn()) return true
  if (!(target instanceof HTMLElement)) return false
  return target.closest('input, textarea, select, dialog') !== null || target.isContentEditable
}

interface Handlers {
  readonly onHelp: () => void
  readonly onPage: (path: string) => void
}

/** `?` help, `.` pause, `g` then `t`, `r` or `o` for a page. */
export function useKeys({ onHelp, onPage }: Handlers): void {
  const store = useLiveStore()
  const handlers = useRef({ onHelp, onPage })
  handlers.current = { onHelp, onPage }
  useEffect(() => {
    let chordUntilMs = 0
    const onKey = (event: KeyboardEvent): void => {
      if (isForWidget(event)) return
      const page = event.timeStamp < chordUntilMs ? PAGES[event.key] : undefined
      chordUntilMs = event.key === 'g' ? event.timeStamp + CHORD_MS : 0
      if (page !== undefined) handlers.current.onPage(page)
      else if (event.key === '?') handlers.current.onHelp()
      else if (event.key === '.') store?.setPaused(!store.state().paused)
      else return
      event.preventDefault()
      // A chord's second key is not also a key of the page.
      event.stopImmediatePropagation()
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [store])
}
