declare const written: unique symbol
declare const read: unique symbol

/** A topic that values of this type may be written to. */
export interface WritableTopic<in V> {
  readonly name: string
  readonly [written]?: (value: V) => void
}

/** A topic of the topology by its name there, and the type of its values. */
export interface Topic<in out V> extends WritableTopic<V> {
  readonly [read]?: () => V
}

/** Says what a topic holds, once; everything that reads or writes it is checked against that. */
export const topic = <V>(name: string): Topic<V> => ({ name })
