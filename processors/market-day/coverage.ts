import type { RawDocument } from '../../schemas/index.ts'
import { AGGREGATORS, ISSUER_WIRE, type NewsDesk, PRESS, REGULATOR, SOCIAL, WIRES } from './news-desks.ts'
import type { Random } from './random.ts'
import { newsPage, rawDocument } from './raw-document.ts'
import { articleOf, fill, type Story } from './story.ts'

/** Who writes about a story and when: the origin first, another wire or paper in its own words, copies, posts, now and then a correction. */
export function coverageOf(random: Random, story: Story, wide: boolean): RawDocument[] {
  const first = articleOf(random, story, 0)
  const origin = originOf(random, story)
  const documents = [page(story, origin, first, story.atMs, false)]
  let at = story.atMs + random.whole(12, 40) * 1000
  if (wide || random.chance(0.55)) {
    documents.push(page(story, random.pick(WIRES), articleOf(random, story, 1), at, false))
    at += random.whole(15, 60) * 1000
  }
  if (wide || random.chance(0.4)) {
    documents.push(page(story, random.pick(PRESS), articleOf(random, story, 2), at, true))
    at += random.whole(20, 90) * 1000
  }
  for (let copies = random.whole(0, 2); copies > 0; copies -= 1) {
    documents.push(page(story, random.pick(AGGREGATORS), first, at, false))
    at += random.whole(10, 120) * 1000
  }
  for (let posts = random.whole(0, 2); posts > 0; posts -= 1) {
    const body = fill(random.pick(story.kind.posts), story.facts)
    documents.push(page(story, random.pick(SOCIAL), { title: null, body }, at, false))
    at += random.whole(5, 200) * 1000
  }
  if (random.chance(0.06)) {
    const body = `Correction: an earlier report on ${story.company.name} (NASDAQ: ${story.company.symbol}) gave a wrong date. The rest stands.\n\n${first.body}`
    documents.push(page(story, origin, { title: `Correction: ${first.title}`, body }, at + 600_000, false))
  }
  return documents
}

function originOf(random: Random, story: Story): NewsDesk {
  const origin = story.kind.origin
  if (origin === 'issuer') return ISSUER_WIRE
  if (origin === 'regulator') return REGULATOR
  return random.pick(origin === 'wire' ? WIRES : PRESS)
}

function page(
  story: Story,
  desk: NewsDesk,
  article: { readonly title: string | null; readonly body: string },
  atMs: number,
  html: boolean,
): RawDocument {
  return rawDocument({
    desk,
    // Each issuer owns its own releases, whichever service carries them.
    ...(desk === ISSUER_WIRE ? { owner: story.company.company.company_id } : {}),
    title: article.title,
    body: html ? newsPage(article.title ?? '', article.body) : article.body,
    contentType: html ? 'text/html' : 'text/plain',
    publishedAtMs: atMs,
    receivedAtMs: atMs + 400,
    symbols: [story.company.symbol],
  })
}
