import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Manifest } from './render.ts'
import { CONFIG, SECRET_KEYS, WORKLOADS } from './requirements.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const compose: Manifest = parse(read('compose.yaml'), { merge: true })
const services: Readonly<Record<string, Manifest>> = compose.services
const ours = Object.entries(WORKLOADS).filter(([, workload]) => workload.command !== undefined)
const superset = 'analytics/superset/'

/** The value of an instruction in the last stage of a Dockerfile, which is the image. */
const instruction = (path: string, name: string): string | undefined => {
  const stage =
    read(path)
      .split(/^FROM /m)
      .at(-1) ?? ''
  return [...stage.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].at(-1)?.[1]
}

test.each([
  ['Dockerfile', '8000', '1000:1000'],
  ['dashboard/Dockerfile', '8080', '101:101'],
  [`${superset}Dockerfile`, '8088', '1000:1000'],
])('%s serves on %s as user %s, never root', (path, port, user) => {
  expect([instruction(path, 'EXPOSE'), instruction(path, 'USER')]).toEqual([port, user])
})

test('the images copy every folder the command line imports, and only files that the ignore file lets in', () => {
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--)(\w+) \.\/\1$/gm)].map((match) => match[1])
  expect(copied).toEqual(['streams', 'schemas', 'topology', 'processors', 'connectors', 'api', 'cli', 'migrations'])
  const allowed = read('.dockerignore').split('\n')
  expect(allowed).toContain('*')
  for (const folder of [...copied, 'dashboard']) expect(allowed).toContain(`!${folder}`)
})

test('the tests and secrets of a checkout stay out of the images', () => {
  expect(read('.dockerignore').split('\n')).toEqual(
    expect.arrayContaining(['**/*.test.ts', '**/.env*', '**/node_modules']),
  )
})

test.each(ours)('compose runs %s as the chart does', (name, workload) => {
  expect(['stonks', ...services[name].command]).toEqual(workload.command)
})

test.each(ours)('compose gives %s the settings and secrets the chart gives it', (name, workload) => {
  const keys = workload.secrets.flatMap((secret) => SECRET_KEYS[secret] ?? [])
  // Of its own, in the chart too.
  if (name === 'lake-publisher') keys.push('HIVE_METASTORE_URI')
  expect(Object.keys(services[name].environment).sort()).toEqual([...Object.keys(CONFIG), ...keys].sort())
})

test('compose holds every workload, what they need, and no more', () => {
  const needs = ['kafka', 'registry', 'postgres', 'redis', 'minio', 'buckets', 'migrate', 'seed']
  expect(Object.keys(services).sort()).toEqual([...needs, ...Object.keys(WORKLOADS)].sort())
  const optional = Object.keys(services).filter((name) => services[name].profiles)
  expect(optional).toEqual(['hive-metastore', 'trino', 'superset'])
})

test('compose publishes the pages only, on the loopback address', () => {
  const published = Object.entries(services).flatMap(
    ([name, service]) => service.ports?.map((port: string) => [name, port]) ?? [],
  )
  expect(published).toEqual([
    ['dashboard', '127.0.0.1:8080:8080'],
    ['superset', '127.0.0.1:8088:8088'],
  ])
})

test('in compose whatever listens says whether it is well, and waits for what it needs', () => {
  const workers = ours.filter(([, workload]) => workload.port === undefined).map(([name]) => name)
  const once = ['buckets', 'migrate', 'seed']
  for (const [name, service] of Object.entries(services)) {
    expect([name, service.healthcheck !== undefined]).toEqual([name, ![...workers, ...once].includes(name)])
    for (const [need, { condition }] of Object.entries<Manifest>(service.depends_on ?? {})) {
      expect([name, need, condition]).toEqual([
        name,
        need,
        once.includes(need) ? 'service_completed_successfully' : 'service_healthy',
      ])
    }
  }
})

test('our containers in compose are hardened as the chart’s are', () => {
  const images = Object.entries(services).filter(([, service]) => service.image.startsWith('stonks-oracle/'))
  expect(images.length).toBe(16)
  for (const [name, service] of images) {
    expect({ name, ...service }).toMatchObject({
      name,
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      tmpfs: ['/tmp'],
    })
  }
})

test('what compose mounts is there', () => {
  const binds = Object.values(services)
    .flatMap((service) => (service.volumes ?? []) as string[])
    .filter((volume) => volume.startsWith('./'))
  expect(binds.length).toBe(2)
  for (const bind of binds) expect(existsSync(join(root, bind.split(':')[0] as string)), bind).toBe(true)
})

test('the pages’ server sends each prefix to its API, taking it off, and holds no event back', () => {
  const nginx = read('dashboard/nginx.conf')
  const proxied = [...nginx.matchAll(/location (\/\w+\/) \{\s*proxy_pass http:\/\/\$\{(\w+)\}\/;/g)].map((m) => [
    m[1],
    m[2],
  ])
  expect(proxied).toEqual([
    ['/api/', 'QUERY_API'],
    ['/registry/', 'SYMBOL_REGISTRY'],
    ['/risk/', 'RISK_ENGINE'],
    ['/trading/', 'TRADING_ENGINE'],
  ])
  for (const [, variable] of proxied) expect(read('dashboard/Dockerfile')).toMatch(new RegExp(`^ .*${variable}=`, 'm'))
  expect(nginx).toContain('listen 8080;')
  expect(nginx).toContain('proxy_buffering off;')
  expect(nginx).toContain('try_files $uri /index.html;')
})

test('Superset knows both Trino catalogs', () => {
  const uris = ['lakehouse', 'iceberg'].map(
    (name) => parse(read(`${superset}bi/databases/${name}.yaml`)).sqlalchemy_uri,
  )
  expect(uris).toEqual(['trino://superset@trino:8080/lakehouse', 'trino://superset@trino:8080/iceberg'])
})
