import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type RunningStonks, startStonks } from '../cli/testing/stonks.ts'
import { look } from '../dashboard/e2e/look.ts'
import { CHROMIUM_ARGS, chromiumPath, freePort } from './services/index.ts'

interface Order {
  readonly recommendation_id: string | null
  readonly status: string
  readonly symbol: string
}

const folder = mkdtempSync(join(tmpdir(), 'stonks-pages-'))
const pictures = process.env['PICTURES'] ?? join(folder, 'pictures')
let stonks: RunningStonks
let browser: Browser
let page: Page
let base = ''
let complaints: string[] = []

beforeAll(async () => {
  // The embedded PostgreSQL runs as another user where we are root.
  chmodSync(folder, 0o755)
  stonks = startStonks(['--data', folder, 'start', '--port', String(await freePort()), '--speed', '600'])
  base = (await stonks.said(/dashboard {2}(http:\S+)/))[1] ?? ''
  await stonks.said(/paper order/)
  browser = await chromium.launch({ executablePath: chromiumPath() ?? '/usr/bin/chromium', args: [...CHROMIUM_ARGS] })
})

beforeEach(async () => {
  complaints = []
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return async () => {
    await page.close()
    expect(complaints).toEqual([])
  }
})

afterAll(async () => {
  await browser?.close()
  await stonks?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const open = async (path: string): Promise<void> => {
  await page.goto(base + path)
  await page.locator('.as-of-fresh').waitFor()
}

async function answerOf<T>(path: string): Promise<T> {
  const response = await fetch(base + path)
  expect(response.status, path).toBe(200)
  return (await response.json()) as T
}

/** Asks until there is an order that was filled and says why it was made. */
async function filledOrder(): Promise<Order & { readonly recommendation_id: string }> {
  for (;;) {
    const { items } = await answerOf<{ items: readonly Order[] }>('/api/v1/orders?limit=100')
    const found = items.find((order) => order.status === 'filled' && order.recommendation_id !== null)
    if (found?.recommendation_id) return { ...found, recommendation_id: found.recommendation_id }
    await page.waitForTimeout(250)
  }
}

test('the topology says in a sentence how it goes, and shows numbers of what runs', async () => {
  await open('/')
  expect(await page.locator('h1').textContent()).toMatch(/\w+ .*\.$/)
  for (const node of ['replay', 'parse', 'extract', 'aggregate', 'recommend', 'trade', 'read_model'])
    expect(await page.locator(`#node-${node}`).textContent(), node).toMatch(/\d/)
})

test('from a filled order back to the sentence, each step an address that reloads', async () => {
  const order = await filledOrder()
  await open('/trading')
  const row = page.getByRole('row').filter({ hasText: 'filled' })
  await row.locator(`a[href="/recommendations/${order.recommendation_id}"]`).first().click()
  await page.getByRole('heading', { level: 1, name: new RegExp(order.symbol) }).waitFor()
  await page.reload()
  await page.getByRole('heading', { level: 1, name: new RegExp(order.symbol) }).waitFor()
  const evidence = page.locator('blockquote a').first()
  const quote = await evidence.textContent()
  await evidence.click()
  await page.locator('mark.mark-current').first().waitFor()
  expect(page.url()).toMatch(/\/documents\/[^/]+[?#]/)
  await page.reload()
  await page.locator('mark.mark-current').first().waitFor()
  expect((await page.locator('mark.mark-current').allTextContents()).join('')).toBe(quote)
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: new RegExp(order.symbol) }).waitFor()
})

test('no page complains or is wider than its window, in two widths, light and dark', async () => {
  const { recommendation_id } = await filledOrder()
  const detail = await answerOf<{ supporting: readonly { document_id: string; quote_start: number }[] }>(
    `/api/v1/recommendations/${recommendation_id}`,
  )
  const first = detail.supporting[0]
  const pages = {
    topology: '/',
    'topology-node': '/?node=extract',
    recommendations: '/recommendations',
    recommendation: `/recommendations/${recommendation_id}`,
    trading: '/trading',
    document: `/documents/${first?.document_id}?at=${first?.quote_start}`,
  }
  expect(await look(base, pictures, pages)).toEqual([])
})

test('a halt takes effect at the risk engine, and is a banner on every page', async () => {
  await open('/trading')
  await page.getByRole('button', { name: 'Halt new orders' }).click()
  await page.keyboard.press('Enter')
  await page.locator('.banner-halted').waitFor()
  expect(await answerOf('/risk/v1/state')).toMatchObject({ state: 'halted', changed_by: 'dashboard' })
  await page.getByRole('link', { name: 'Topology' }).click()
  await page.locator('.banner-halted').waitFor()
})
