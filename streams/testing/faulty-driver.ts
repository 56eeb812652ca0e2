import { StreamsError } from '../errors.ts'
import type { LocalConsumer } from '../log/local/local-consumer.ts'
import type { CommitBatch, ConsumerOptions, LogConsumer, LogDriver, LogProducer } from '../log/port.ts'

/** What may happen to a commit. `expelled`: the group has given up on this member meanwhile. */
export type Fault = 'none' | 'unavailable' | 'ambiguous_written' | 'ambiguous_lost' | 'fenced' | 'expelled'

/** A driver whose commits fail as the given function says; everything else is the driver's own. */
export function faultyDriver(inner: LogDriver, nextFault: () => Fault): LogDriver {
  return {
    name: inner.name,
    capabilities: inner.capabilities,
    admin: () => inner.admin(),
    reader: (from) => inner.reader(from),
    consumer: (options: ConsumerOptions): LogConsumer => inner.consumer(options),
    producer: async (options): Promise<LogProducer> => {
      const producer = await inner.producer(options)
      return { commit: (batch) => commitWith(nextFault(), producer, batch), close: () => producer.close() }
    },
    close: () => inner.close(),
  }
}

async function commitWith(fault: Fault, producer: LogProducer, batch: CommitBatch): Promise<readonly bigint[]> {
  // Long enough for the session to go on meanwhile.
  if (fault !== 'none') await new Promise((resolve) => setTimeout(resolve, 5))
  if (fault === 'unavailable') throw new StreamsError('LOG_UNAVAILABLE', 'no broker answers')
  if (fault === 'fenced') throw new StreamsError('PRODUCER_FENCED', 'fenced by the test')
  if (fault === 'expelled') (batch.consumer as LocalConsumer | undefined)?.expel()
  if (fault !== 'ambiguous_lost') {
    const written = await producer.commit(batch)
    if (fault !== 'ambiguous_written') return written
  }
  throw new StreamsError('COMMIT_AMBIGUOUS', 'the answer to the commit was lost')
}
