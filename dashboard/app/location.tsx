import { type AnchorHTMLAttributes, type MouseEvent, type ReactNode, useSyncExternalStore } from 'react'

const CHANGED = 'stonks:location'

function subscribe(listener: () => void): () => void {
  for (const type of ['popstate', 'hashchange', CHANGED]) window.addEventListener(type, listener)
  return () => {
    for (const type of ['popstate', 'hashchange', CHANGED]) window.removeEventListener(type, listener)
  }
}

/** Path, query and hash as they are now. */
export const useAddress = (): URL =>
  new URL(
    useSyncExternalStore(
      subscribe,
      () => window.location.href,
      () => 'http://localhost/',
    ),
  )

/** Goes to an address of the dashboard. A new page starts at its top, with the focus on its first line. */
export function navigate(to: string): void {
  const from = window.location.pathname
  window.history.pushState(null, '', to)
  window.dispatchEvent(new Event(CHANGED))
  if (window.location.pathname === from) return
  window.scrollTo(0, 0)
  document.getElementById('main')?.focus({ preventScroll: true })
}

/** Changes one parameter of the query in place: what is selected is part of the address, but not a step back. */
export function setParameter(name: string, value: string | null): void {
  const url = new URL(window.location.href)
  if (value === null) url.searchParams.delete(name)
  else url.searchParams.set(name, value)
  window.history.replaceState(null, '', url)
  window.dispatchEvent(new Event(CHANGED))
}

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly to: string
  readonly children: ReactNode
}

/** A link inside the dashboard. New tab, new window and download stay the browser's. */
export function Link({ to, children, ...rest }: LinkProps): ReactNode {
  const go = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(to)
  }
  return (
    <a href={to} onClick={go} {...rest}>
      {children}
    </a>
  )
}
