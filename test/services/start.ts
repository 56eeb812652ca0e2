// node test/services/start.ts part…: starts the named parts, prints the environment that names them, and runs until ^C.
// `lakehouse`, with minio and postgres, adds a metastore and Trino over them.
import {
  type Endpoints,
  fromEnvironment,
  type OpenService,
  openService,
  type ServiceName,
  toEnvironment,
} from './index.ts'
import { lakehouseEnvironment, openLakehouse } from './lakehouse.ts'

const asked = process.argv.slice(2)
const withLakehouse = asked.includes('lakehouse')
const names = withLakehouse
  ? [...new Set([...asked.filter((name) => name !== 'lakehouse'), 'minio', 'postgres'])]
  : asked
const known = Object.keys(fromEnvironment)
if (names.length === 0 || names.some((name) => !known.includes(name))) {
  console.error(`usage: node test/services/start.ts part…   with parts of: ${[...known, 'lakehouse'].join(', ')}`)
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
const { minio, postgres } = endpoints
const lakehouse = withLakehouse && minio && postgres ? await openLakehouse({ minio, postgres }) : undefined
const environment = { ...toEnvironment(endpoints), ...(lakehouse ? lakehouseEnvironment(lakehouse) : {}) }
for (const [name, value] of Object.entries(environment)) console.log(`export ${name}=${value}`)
console.error(`running: ${open.map(({ name, from }) => `${name} (${from})`).join(', ')}. ^C stops them.`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void stopAll().then(() => process.exit(0))
  })
}
setInterval(() => {}, 1 << 30)

async function stopAll(): Promise<void> {
  await lakehouse?.stop()
  await Promise.all(open.map((service) => service.stop()))
}
