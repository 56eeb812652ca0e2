import { applyChanges, type Freshness, freshnessOf, type LiveView, retryDelayMs, viewOfSnapshot } from './live-view.ts'
import type { LiveChanges, LiveSnapshot } from './wire.ts'

/** The part of EventSource the store needs. */
export interface EventStream {
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void
  close(): void
}

/** Time, chance and the network, handed in. */
export interface LivePorts {
  readonly open: () => EventStream
  readonly nowMs: () => number
  readonly random: () => number
  readonly setTimer: (run: () => void, delayMs: number) => unknown
  readonly clearTimer: (timer: unknown) => void
}

/** What pages see. A new object only where something in it changed. */
export interface LiveState {
  readonly view: LiveView | null
  readonly freshness: Freshness
  /** Whole seconds to the next try; null while connected. */
  readonly retryInSeconds: number | null
  readonly paused: boolean
}

export interface LiveStore {
  readonly subscribe: (listener: () => void) => () => void
  readonly state: () => LiveState
  start(): void
  stop(): void
  /** Keeps the picture as it is while the connection goes on; resuming shows the newest. */
  setPaused(paused: boolean): void
  retryNow(): void
}

const SILENT_MAX_MS = 10_000

/**
 * Follows the event stream and publishes at most once a second: messages in between are folded into one.
 * A stream that breaks, or says nothing for ten seconds, is opened anew after a growing delay.
 */
export function createLive(ports: LivePorts): LiveStore {
  const listeners = new Set<() => void>()
  let shown: LiveState = { view: null, freshness: 'waiting', retryInSeconds: null, paused: false }
  let newest: LiveView | null = null
  let stream: EventStream | null = null
  let receivedAtMs: number | null = null
  let startedAtMs = 0
  let connectedAtMs = 0
  let retryAtMs: number | null = null
  let attempt = 0
  let timer: unknown = null

  const publish = (next: LiveState): void => {
    const same = (Object.keys(next) as (keyof LiveState)[]).every((key) => next[key] === shown[key])
    if (same) return
    shown = next
    for (const listener of listeners) listener()
  }
  const received = (view: LiveView): void => {
    const first = newest === null
    newest = view
    receivedAtMs = ports.nowMs()
    attempt = 0
    if (first) show()
  }
  const show = (): void => {
    const nowMs = ports.nowMs()
    publish({
      view: shown.paused ? shown.view : newest,
      freshness: freshnessOf(receivedAtMs, startedAtMs, nowMs),
      retryInSeconds: retryAtMs === null ? null : Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000)),
      paused: shown.paused,
    })
  }
  const connect = (): void => {
    stream?.close()
    retryAtMs = null
    connectedAtMs = ports.nowMs()
    const current = ports.open()
    stream = current
    current.addEventListener('snapshot', (event) => {
      const snapshot = parsed<LiveSnapshot>(event.data)
      if (snapshot !== null) received(viewOfSnapshot(snapshot, newest))
    })
    current.addEventListener('changes', (event) => {
      const changes = parsed<LiveChanges>(event.data)
      if (changes !== null && newest !== null) received(applyChanges(newest, changes))
    })
    current.addEventListener('error', () => {
      if (stream === current) retryLater()
    })
  }
  const retryLater = (): void => {
    stream?.close()
    stream = null
    retryAtMs = ports.nowMs() + retryDelayMs(attempt, ports.random())
    attempt += 1
  }
  const tick = (): void => {
    const nowMs = ports.nowMs()
    if (retryAtMs !== null && nowMs >= retryAtMs) connect()
    else if (stream !== null && nowMs - Math.max(connectedAtMs, receivedAtMs ?? 0) > SILENT_MAX_MS) retryLater()
    show()
    timer = ports.setTimer(tick, 1_000)
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state: () => shown,
    start: () => {
      startedAtMs = ports.nowMs()
      connect()
      timer = ports.setTimer(tick, 1_000)
    },
    stop: () => {
      ports.clearTimer(timer)
      stream?.close()
      stream = null
    },
    setPaused: (paused) => {
      publish({ ...shown, paused })
      show()
    },
    retryNow: () => {
      connect()
      show()
    },
  }
}

function parsed<T>(data: unknown): T | null {
  if (typeof data !== 'string') return null
  try {
    return JSON.parse(data) as T
  } catch {
    // A cut message: the next snapshot repairs it, and until then the picture is the last whole one.
    return null
  }
}
