import { SimBroker } from './broker/sim-broker.ts'
import { SimClient } from './driver/sim-client.ts'
import { SimDriver } from './driver/sim-driver.ts'
import { sameOperations } from './same-operations.ts'
import { Network } from './world/network.ts'
import { SimProcess } from './world/sim-process.ts'
import { World } from './world/world.ts'

const PATIENCE_MS = 120_000

/** What the script of operations sees in a simulated world without faults. */
export async function simulatedOperations(seed: number): Promise<readonly string[]> {
  const world = new World(seed)
  const broker = new SimBroker(world)
  const network = new Network(world, broker.process)
  const driver = new SimDriver(new SimClient({ world, broker, network, process: new SimProcess('p') }))
  let isDone = false
  const running = sameOperations(driver, 'x').finally(() => {
    isDone = true
  })
  running.catch(() => {})
  await world.run(() => isDone, PATIENCE_MS)
  return await running
}
