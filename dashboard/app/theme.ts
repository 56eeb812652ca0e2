/** The reader's choice; `system` follows the operating system. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'stonks.theme'
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' }

export const nextTheme = (theme: Theme): Theme => NEXT[theme]

export function storedTheme(): Theme {
  const stored = window.localStorage.getItem(KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

/** Sets the theme of the document and remembers it. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  window.localStorage.setItem(KEY, theme)
}
