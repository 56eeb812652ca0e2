import type { Flow } from '../flow.ts'
import { topic } from '../topic.ts'
import { tumbling } from '../windows.ts'

interface Bar {
  readonly price: number
  readonly volume: number
  readonly venue: string
}
interface News {
  readonly title: string
}
interface Company {
  readonly name: string
  readonly sector: string
  readonly parent?: string
}

const bars = topic<Bar>('bars')
const news = topic<News>('news')
const companies = topic<Company>('companies')

export function examples(flow: Flow): void {
  // Streams: filter, map, flatMap, branch, merge, rekey.
  const { large, rest } = flow.stream(bars).branch({ large: (bar) => bar.volume > 1_000 })
  large
    .merge(rest.filter((bar) => bar.price > 100))
    .map((bar) => ({ price: bar.price }))
    .to(topic('notable'))

  // Groups and windows: a repartition topic and every store are named by you.
  flow
    .stream(bars)
    .groupBy('by_venue', (bar) => bar.venue)
    .windowedBy(tumbling({ sizeMs: 60_000, graceMs: 5_000 }))
    .aggregate({
      store: 'volumes',
      emit: 'on_close',
      late: topic<Bar>('late_bars'),
      initial: () => 0,
      add: (sum, bar) => sum + bar.volume,
    })
    .toStream()
    .map(({ window, value }, { key }) => ({ venue: key, at: window.startMs, volume: value ?? 0 }))
    .to(topic('venue_volumes'))

  // Two streams: news with the bars up to a minute after it; news without one goes on alone when its window closes.
  flow
    .stream(news)
    .leftJoin(flow.stream(bars), (story, bar) => ({ title: story.title, price: bar?.price }), {
      store: 'reactions',
      within: { beforeMs: 0, afterMs: 60_000, graceMs: 5_000 },
    })
    .to(topic('reactions'))

  // Tables: as of the record's time, by another table's key, and regrouped with retraction.
  const owners = flow.table(companies, { store: 'companies', historyMs: 86_400_000 })
  flow
    .stream(news)
    .joinTable(owners, (story, company) => `${company.name}: ${story.title}`)
    .to(topic('headlines'))
  const parents = { name: 'parent', keyOf: (one: Company) => one.parent, store: 'with_parent', subscribers: 'children' }
  owners
    .leftJoinForeign(owners, parents, (one, parent) => `${one.name} of ${parent?.name ?? 'nobody'}`)
    .toStream()
    .to(topic('families'))
  owners
    .groupBy('by_sector', (one) => ({ key: one.sector, value: one }))
    .count({ store: 'sectors' })
    .suppress({ store: 'sectors_held', waitMs: 1_000 })
    .toStream()
    .to(topic('sector_sizes'))
}
