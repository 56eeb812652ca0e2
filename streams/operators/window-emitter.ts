import type { ProcessorContext } from '../processor.ts'
import { DueQueue } from '../state/due-queue.ts'
import type { KeyValueStore } from '../state/store.ts'
import type { Receive, Stamped, Window, WindowChange } from './flow-record.ts'
import type { WritableTopic } from './topic.ts'
import { closesAtMs, type Windows } from './windows.ts'

export interface WindowedOptions<V> {
  /** Store of the operator, used for nothing else. */
  readonly store: string
  /** `on_update` emits with every change, `on_close` once, when the window closes. `on_update` unless given. */
  readonly emit?: 'on_update' | 'on_close'
  /** Where records go that came after a window of theirs closed. Without it they are dropped. */
  readonly late?: WritableTopic<V>
}

/** What is made of a window's records. Neither function may change what it is given. */
export interface Fold<V, A> {
  readonly initial: () => A
  readonly add: (aggregate: A, value: V, key: string) => A
}

type Cause = Pick<Parameters<Receive<unknown>>[0], 'headers'>

/** When a window's result goes on. */
export interface WindowEmitter<A> {
  changed(cause: Cause, key: string, window: Window, before: A | undefined, after: Stamped<A>): void
  /** The window is no more: it grew into another. */
  gone(cause: Cause, key: string, window: Window, before: Stamped<A>): void
  /** A result that waits for its window to close. */
  held(key: string, window: Window): Stamped<A> | undefined
  /** To be called when time may have moved. */
  wake(): void
}

export function openWindowEmitter<A>(
  context: ProcessorContext,
  spec: {
    readonly windows: Windows
    readonly store: KeyValueStore<unknown>
    readonly timeMs: () => number
    readonly onClose: boolean
  },
  emit: Receive<WindowChange<A>>,
): WindowEmitter<A> {
  return spec.onClose ? closingEmitter(context, spec, emit) : updatingEmitter(emit)
}

function updatingEmitter<A>(emit: Receive<WindowChange<A>>): WindowEmitter<A> {
  return {
    changed: ({ headers }, key, window, before, { value, timestampMs }) =>
      emit({ key, timestampMs, headers, value: { window, before, after: value } }),
    gone: ({ headers }, key, window, { value, timestampMs }) =>
      emit({ key, timestampMs, headers, value: { window, before: value, after: undefined } }),
    held: () => undefined,
    wake: () => {},
  }
}

type Held<A> = readonly [startMs: number, endMs: number, timestampMs: number, value: A]

/** Results wait in a queue with all there is to emit, so that nothing else may expire before they are. */
function closingEmitter<A>(
  context: ProcessorContext,
  { windows, store, timeMs }: Parameters<typeof openWindowEmitter>[1],
  emit: Receive<WindowChange<A>>,
): WindowEmitter<A> {
  const queue = new DueQueue<Held<A>>(store, {
    timeMs,
    defer: (work) => context.defer(work),
    fire: (key, _, [startMs, endMs, timestampMs, after]) =>
      emit({ key, timestampMs, headers: {}, value: { window: { startMs, endMs }, before: undefined, after } }),
  })
  return {
    changed: (_, key, window, __, { value, timestampMs }) =>
      queue.add(closesAtMs(windows, window), key, [window.startMs, window.endMs, timestampMs, value]),
    gone: (_, key, window) => queue.remove(closesAtMs(windows, window), key),
    held(key, window) {
      const held = queue.get(closesAtMs(windows, window), key)
      return held === undefined ? undefined : { timestampMs: held[2], value: held[3] }
    },
    wake: () => queue.wake(),
  }
}
