import { LocalDriver } from '../log/local/local-driver.ts'
import { LocalLog } from '../log/local/local-log.ts'
import { MemoryMedium } from '../log/local/memory-medium.ts'

/** A log in memory with the port's real semantics: groups that rebalance, fencing, transactions. State is not its concern. */
export const createMemoryDriver = (): LocalDriver =>
  new LocalDriver('memory', new LocalLog(new MemoryMedium()), {
    guarantees: ['at_least_once', 'exactly_once'],
    transactionalState: false,
  })
