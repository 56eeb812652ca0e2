import { type Diagnostics, didYouMean } from './diagnostic.ts'
import type { TopologyFile } from './grammar.ts'
import type { Located } from './shape.ts'

/** What has a new name is there, what it was is not, and no two become one. */
export function checkMoved(t: TopologyFile, diagnostics: Diagnostics): void {
  const stores = new Set([...t.processors.values()].flatMap(({ value }) => (value.state ?? []).map((s) => s.value)))
  const kinds = [
    { what: 'processor', moved: t.moved?.processors, known: new Set(t.processors.keys()), all: nodeNames(t) },
    { what: 'store of a processor', moved: t.moved?.stores, known: stores, all: new Set(t.stores?.keys()) },
  ]
  for (const { what, moved, known, all } of kinds) {
    const taken = new Map<string, string>()
    for (const [was, { nameSpan, value: is }] of moved ?? []) {
      const other = taken.get(is.value)
      taken.set(is.value, was)
      if (!known.has(is.value)) unknown(what, is, known, diagnostics)
      else if (all.has(was))
        diagnostics.error('T041', nameSpan, `\`${was}\` is still there, so it was not renamed`, 'still there')
      else if (other !== undefined)
        diagnostics.error('T041', is.span, `\`${other}\` became \`${is.value}\` already`, 'second one')
    }
  }
}

const unknown = (what: string, is: Located<string>, known: ReadonlySet<string>, diagnostics: Diagnostics): void => {
  const help = didYouMean(is.value, known, `${what.split(' ')[0]}s`)
  diagnostics.error('T041', is.span, `there is no ${what} named \`${is.value}\``, 'is not there', help)
}

const nodeNames = (t: TopologyFile): ReadonlySet<string> =>
  new Set([t.sources, t.processors, t.sinks].flatMap((section) => [...(section?.keys() ?? [])]))
