import { loadNative } from '../librdkafka/native.ts'
import { Connection } from '../wire/network/connection.ts'
import { ConnectionError } from '../wire/network/connection-error.ts'

/** What happens around the request that ends a transaction: `real` makes it, `lose` is as if its answer never came. */
export type Interruption = (real: () => Promise<void>, lose: () => never) => Promise<void>

/** Interrupts every commit of a driver in this process, until the function it gives back is called. */
export function interruptCommits(driver: string, interrupt: Interruption): () => void {
  return driver === 'librdkafka' ? interruptNative(interrupt) : interruptWire(interrupt)
}

function interruptNative(interrupt: Interruption): () => void {
  const { prototype } = loadNative().Producer
  const before = prototype.commitTransaction
  const lose = (): never => {
    throw { message: 'timed out', code: -185, isRetriable: true, isFatal: false }
  }
  prototype.commitTransaction = function (timeoutMs: number, done: (error: unknown) => void) {
    const real = (): Promise<void> =>
      new Promise((resolve, reject) =>
        before.call(this, timeoutMs, (error: unknown) => (error ? reject(error) : resolve())),
      )
    interrupt(real, lose).then(() => done(null), done)
  }
  return () => {
    prototype.commitTransaction = before
  }
}

function interruptWire(interrupt: Interruption): () => void {
  const { prototype } = Connection
  const before = prototype.request
  const lose = (): never => {
    throw new ConnectionError('EndTxn was not answered in time', true)
  }
  prototype.request = async function (api, body, timeoutMs) {
    if (api.name !== 'EndTxn') return before.call(this, api, body, timeoutMs) as never
    let answer: unknown
    await interrupt(async () => {
      answer = await before.call(this, api, body, timeoutMs)
    }, lose)
    return answer as never
  }
  return () => {
    prototype.request = before
  }
}
