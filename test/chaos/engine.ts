// One engine process of the chaos run: `node engine.ts NAME PROCESS STATE BROKERS`.
import { createApplication, openWireDriver } from '../../streams/index.ts'
import { chaosGraph } from './graph.ts'

const [name = '', processId = '', stateDir = '', brokers = ''] = process.argv.slice(2)
const driver = await openWireDriver({ brokers: brokers.split(','), clientId: processId })
const say = (details: object, message: string): void => console.log(message, JSON.stringify(details))
const logger = { debug: () => {}, info: () => {}, warn: say, error: say }
const application = createApplication({ graph: chaosGraph(name), driver, processId, stateDir, logger })
process.once('SIGTERM', async () => {
  await application.drain(10_000)
  await driver.close()
  process.exit(0)
})
await application.start()
console.log('running')
await application.whenEnded()
