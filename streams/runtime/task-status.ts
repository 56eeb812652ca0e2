import type { SharedCalls } from '../calls/calls.ts'
import type { Task } from '../task/task.ts'
import type { NodeStatus } from './application-options.ts'

/** What a processor's tasks add to its status here: nothing where they neither make calls nor park. */
export function statusOf({ limits }: SharedCalls, tasks: readonly Task[]): Pick<NodeStatus, 'calls' | 'parked'> {
  const calling = tasks.flatMap((task) => task.calls ?? [])
  const parking = tasks.flatMap((task) => task.parked ?? [])
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
  const inFlight = sum(calling.map((calls) => calls.inFlight))
  const [keys, records] = [sum(parking.map((one) => one.keys)), sum(parking.map((one) => one.records))]
  return {
    ...(calling.length > 0 && { calls: { inFlight, running: limits.running, breaker: limits.breaker } }),
    ...(parking.length > 0 && { parked: { keys, records } }),
  }
}
