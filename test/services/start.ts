// node test/services/start.ts part…: starts the named parts, prints the environment that names them, and runs until ^C.
import {
  type Endpoints,
  fromEnvironment,
  type OpenService,
  openService,
  type ServiceName,
  toEnvironment,
} from './index.ts'

const names = process.argv.slice(2)
const known = Object.keys(fromEnvironment)
if (names.length === 0 || names.some((name) => !known.includes(name))) {
  console.error(`usage: node test/services/start.ts part…   with parts of: ${known.join(', ')}`)
  process.exit(2)
}
const tries = await Promise.allSettled(names.map((name) => openService(name as ServiceName)))
const open = tries.flatMap((result) =>
  result.status === 'fulfilled' ? [result.value as OpenService<ServiceName>] : [],
)
for (const result of tries) if (result.status === 'rejected') console.error(result.reason?.message ?? result.reason)
if (open.length < tries.length) {
  await Promise.all(open.map((service) => service.stop()))
  process.exit(4)
}
const endpoints = Object.fromEntries(open.map(({ name, endpoint }) => [name, endpoint])) as Partial<Endpoints>
for (const [name, value] of Object.entries(toEnvironment(endpoints))) console.log(`export ${name}=${value}`)
console.error(`running: ${open.map(({ name, from }) => `${name} (${from})`).join(', ')}. ^C stops them.`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void Promise.all(open.map((service) => service.stop())).then(() => process.exit(0))
  })
}
setInterval(() => {}, 1 << 30)
