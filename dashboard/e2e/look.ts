import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

export const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
export const ARGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const WIDTHS = [1440, 390] as const
const SCHEMES = ['light', 'dark'] as const

/** Pages by the name of their picture. */
export const PAGES: Readonly<Record<string, string>> = {
  topology: '/',
  'topology-node': '/?node=extract',
  recommendations: '/recommendations',
  recommendation: '/recommendations/rec_nvda_1',
  trading: '/trading',
  document: '/documents/doc_7f3a90c2#e2',
}

/** Visits each page in two widths, light and dark, saves a picture of each and returns what the browser complained of. */
export async function look(baseUrl: string, folder: string, pages = PAGES): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true })
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGS })
  const complaints: string[] = []
  try {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) complaints.push(...(await lookOnce(browser, baseUrl, folder, pages, width, scheme)))
    }
  } finally {
    await browser.close()
  }
  return complaints
}

async function lookOnce(
  browser: Browser,
  baseUrl: string,
  folder: string,
  pages: Readonly<Record<string, string>>,
  width: number,
  colorScheme: (typeof SCHEMES)[number],
): Promise<readonly string[]> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const complaints: string[] = []
  const name = (what: string): string => `${what}-${width}-${colorScheme}`
  let current = ''
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${name(current)}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`${name(current)}: ${error.message}`))
  for (const [what, path] of Object.entries(pages)) {
    current = what
    await page.goto(new URL(path, baseUrl).href)
    await page.locator('h1').waitFor()
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null)
    // Live numbers come with the first event; fonts and layout are settled one frame later.
    await page.locator('.as-of-fresh').waitFor()
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    if (overflow > 0) complaints.push(`${name(what)}: the page is ${overflow} px wider than its window`)
    await page.screenshot({ path: join(folder, `${name(what)}.png`), fullPage: true })
  }
  await context.close()
  return complaints
}

if (process.argv[1] === import.meta.filename) {
  const [baseUrl, folder] = process.argv.slice(2)
  if (baseUrl === undefined || folder === undefined) {
    throw new Error(
      'dashboard/e2e/look.ts needs an address and a folder: node dashboard/e2e/look.ts http://127.0.0.1:8080 pictures',
    )
  }
  const complaints = await look(baseUrl, folder)
  for (const complaint of complaints) console.error(complaint)
  process.exitCode = complaints.length === 0 ? 0 : 1
}
