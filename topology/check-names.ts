import { type Diagnostics, didYouMean, type Span } from './diagnostic.ts'
import type { TopologyFile } from './grammar.ts'
import type { Located } from './shape.ts'

/** Every topic and store that is named exists. */
export function checkReferences(t: TopologyFile, diagnostics: Diagnostics): void {
  const topic = (reference: Located<string>): void => {
    if (t.topics.has(reference.value)) return
    diagnostics.error(
      'T010',
      reference.span,
      `unknown topic \`${reference.value}\``,
      'not a topic of this file',
      didYouMean(reference.value, t.topics.keys(), 'topics'),
    )
  }
  const store = (reference: Located<string>): void => {
    if (t.stores?.has(reference.value)) return
    diagnostics.error(
      'T012',
      reference.span,
      `unknown store \`${reference.value}\``,
      'not a store of this file',
      didYouMean(reference.value, t.stores?.keys() ?? [], 'stores'),
    )
  }
  for (const { value: p } of t.processors.values()) {
    for (const list of [p.from, p.to, p.broadcast, p.feedback]) list?.forEach(topic)
    for (const table of p.tables?.values() ?? []) topic(table.value)
    p.state?.forEach(store)
    if (p.window?.late) topic(p.window.late)
    if (p.async?.memo) store(p.async.memo)
  }
  for (const { value: s } of t.sources?.values() ?? []) {
    s.to?.forEach(topic)
    s.state?.forEach(store)
  }
  for (const { value: s } of t.sinks?.values() ?? []) s.from?.forEach(topic)
  for (const { value: b } of t.bridges?.values() ?? []) if (b.topic) topic(b.topic)
}

/** A store has one owner: two nodes writing one store would race. A node's name is used once. */
export function checkStores(t: TopologyFile, diagnostics: Diagnostics): void {
  const owners = new Map<string, string>()
  const nodes = new Map<string, Span>()
  for (const section of [t.sources, t.processors, t.sinks]) {
    for (const [name, { nameSpan, value }] of section ?? []) {
      if (nodes.has(name))
        diagnostics.error(
          'T026',
          nameSpan,
          `two nodes are named \`${name}\``,
          'used above',
          'a node is also its consumer group, so its name must be its own',
        )
      nodes.set(name, nameSpan)
      const memo = 'async' in value ? value.async?.memo : undefined
      const owned = [...(('state' in value ? value.state : undefined) ?? []), ...(memo ? [memo] : [])]
      for (const store of owned) {
        const owner = owners.get(store.value)
        if (owner !== undefined)
          diagnostics.error(
            'T022',
            store.span,
            `the store \`${store.value}\` belongs to \`${owner}\` already`,
            'second owner',
            'give each node a store of its own',
          )
        owners.set(store.value, name)
      }
    }
  }
  for (const [name, { nameSpan }] of t.stores ?? []) {
    if (owners.has(name)) continue
    diagnostics.warning(
      'T030',
      nameSpan,
      `no node has the store \`${name}\``,
      'store without owner',
      `list it under \`state:\` of the node that writes it`,
    )
  }
}

/** A window is of one kind, and of a length there can be. */
export function checkWindows(t: TopologyFile, diagnostics: Diagnostics): void {
  for (const { value: p } of t.processors.values()) {
    if (!p.window) continue
    const { tumbling, hopping, sliding, session, advance, span } = p.window
    const kinds = Object.entries({ tumbling, hopping, sliding, session }).filter(([, one]) => one !== undefined)
    const wrong = (at: Span, message: string, help: string): void => {
      diagnostics.error('T028', at, message, 'wrong window', help)
    }
    if (kinds.length !== 1) {
      const found = kinds.map(([kind]) => `\`${kind}\``).join(' and ') || 'none'
      wrong(span, `a window is of one kind, found ${found}`, 'write one of tumbling, hopping, sliding, session')
    } else if (tumbling?.value === 0 || hopping?.value === 0 || advance?.value === 0) {
      wrong((tumbling ?? hopping ?? advance)?.span ?? span, 'a window has a length', 'give a duration above 0')
    } else if (hopping && !advance) {
      wrong(hopping.span, 'a hopping window needs `advance`', 'how often one begins, such as advance: 1m')
    } else if (advance && !hopping) {
      wrong(advance.span, 'only hopping windows have `advance`', 'write hopping, or leave it out')
    } else if (advance && hopping && advance.value > hopping.value) {
      wrong(advance.span, '`advance` is longer than the window: records would be in none', 'give less than `hopping`')
    }
  }
}

export function checkBridges(t: TopologyFile, diagnostics: Diagnostics): void {
  const bridged = new Map<string, string>()
  for (const [name, { value: b }] of t.bridges ?? []) {
    if (!b.list) continue
    const other = bridged.get(b.list.value)
    if (other !== undefined)
      diagnostics.error(
        'T023',
        b.list.span,
        `the list \`${b.list.value}\` is bridged by \`${other}\` already`,
        'second bridge',
        'two bridges on one list would steal from each other',
      )
    bridged.set(b.list.value, name)
  }
}

/** A record is parked where later ones of its key can wait behind it: at a processor. */
export function checkParking(t: TopologyFile, diagnostics: Diagnostics): void {
  for (const section of [t.sources, t.sinks]) {
    for (const { value } of section?.values() ?? []) {
      if (value.errors?.then?.value !== 'park') continue
      diagnostics.error(
        'T032',
        value.errors.then.span,
        'only processors park',
        'no key waits here',
        'write dlq or stop; a default of park means dlq here',
      )
    }
  }
}
