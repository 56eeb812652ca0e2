import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildDashboard } from '../build.ts'
import { fixtureServer } from '../testing/fixture-server.ts'
import { ARGS, EXECUTABLE, look } from './look.ts'

const folder = mkdtempSync(join(tmpdir(), 'dashboard-'))
const pages = join(folder, 'pages')
let server: Server
let browser: Browser
let base = ''
let page: Page

beforeAll(async () => {
  await buildDashboard(pages)
  server = fixtureServer(pages)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGS })
})

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  return () => page.close()
})

afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
  rmSync(folder, { recursive: true })
})

const open = async (path: string): Promise<void> => {
  await page.goto(base + path)
  await page.locator('.as-of-fresh').waitFor()
}
const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id)

test('no page complains or is wider than its window, in two widths, light and dark', async () => {
  expect(await look(base, join(folder, 'pictures'))).toEqual([])
})

test('JavaScript on first view stays within 110 kB gzipped, each page within 25 kB, CSS within 15 kB', () => {
  const sizes = readdirSync(join(pages, 'assets')).map(
    (name) => [name, gzipSync(readFileSync(join(pages, 'assets', name))).length] as const,
  )
  for (const [name, bytes] of sizes) {
    const limit = name.endsWith('.css') ? 15_000 : name.startsWith('index-') ? 110_000 : 25_000
    expect(bytes, name).toBeLessThanOrEqual(limit)
  }
})

test('the topology is walked by keyboard alone, from the first node to the last', async () => {
  await open('/')
  await page.locator('#node-scheduler').focus()
  for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight')
  expect(await focused()).toBe('node-lake')
  await page.keyboard.press('Enter')
  expect(page.url()).toBe(`${base}/?node=lake`)
  await page.keyboard.press('Escape')
  expect(page.url()).toBe(`${base}/`)
})

test('from an order back to the sentence, each step an address that reloads', async () => {
  await open('/trading')
  await page.getByRole('link', { name: 'entry' }).first().click()
  await page.getByRole('link', { name: /^export restrictions/ }).click()
  await page.locator('#e2').waitFor()
  expect(page.url()).toBe(`${base}/documents/doc_7f3a90c2#e2`)
  await page.reload()
  await page.locator('#e2[aria-current]').waitFor()
  expect(await page.locator('mark.mark-current').textContent()).toContain('China next year')
  await page.keyboard.press('n')
  expect(page.url()).toBe(`${base}/documents/doc_7f3a90c2#e3`)
  await page.goBack()
  await page.getByRole('heading', { name: /^Buy NVDA/ }).waitFor()
})

test('halting is one click and one confirm, and is a banner on every page', async () => {
  await open('/trading')
  await page.getByRole('button', { name: 'Halt new orders' }).click()
  await page.keyboard.press('Enter')
  await page.getByText('Halted at 14:31:09 by dashboard. 2 open orders stay open.').waitFor()
  await page.locator('.banner-halted').waitFor()
  await page.getByRole('link', { name: 'Topology' }).click()
  await page.locator('.banner-halted').waitFor()
})

test('an unknown record is an error with its code, and a heading', async () => {
  await open('/recommendations/none')
  await page.getByRole('heading', { name: 'This recommendation could not be read.' }).waitFor()
  await page.getByText('NOT_FOUND · request req-1').waitFor()
})
