/** Where a Redis is, from a URL. */
export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  readonly username?: string
  readonly password?: string
  readonly isTls: boolean
  readonly database: number
  /** Sentinel's name for the master. */
  readonly master?: string
  /** Where the sentinels want one of their own. */
  readonly sentinelPassword?: string
  /** File with the certificate authority's certificate. */
  readonly caFile?: string
}

const PORTS = { single: 6379, cluster: 6379, sentinel: 26_379 } as const
const FORM =
  /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/

/**
 * Reads `redis://`, `rediss://` (TLS), `redis+sentinel://host,host/master`, `redis+cluster://host,host` and their `rediss+`
 * forms: user and password before the hosts, `?ca=FILE&sentinel_password=…` at the end, escaped as in any URL.
 * Throws TypeError saying what is wrong with it, without the password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const found = FORM.exec(url)
  if (found === null)
    throw new TypeError('it is not redis://, rediss://, redis+sentinel:// or redis+cluster:// with hosts')
  const [, scheme, mode, user, password, hosts = '', path = '', query = ''] = found
  const kind = (mode ?? 'single') as RedisAddress['kind']
  const parameters = new URLSearchParams(query)
  const [first = '', second = ''] = path.split('/').map(decodeURIComponent)
  if (kind === 'sentinel' && first === '') throw new TypeError('sentinels need the name of the master: …/mymaster')
  const database = Number((kind === 'sentinel' ? second : first) || '0')
  if (!Number.isInteger(database) || database < 0) throw new TypeError('the database is not a number')
  if (kind === 'cluster' && database !== 0) throw new TypeError('a cluster has no database but 0')
  const addresses = hosts.split(',').map((text) => hostOf(text, PORTS[kind]))
  if (kind === 'single' && addresses.length > 1)
    throw new TypeError('several hosts need redis+sentinel:// or redis+cluster://')
  const caFile = parameters.get('ca')
  const sentinelPassword = parameters.get('sentinel_password')
  return {
    kind,
    hosts: addresses,
    isTls: scheme === 'rediss',
    database,
    ...(user ? { username: decodeURIComponent(user) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    ...(kind === 'sentinel' ? { master: first } : {}),
    ...(sentinelPassword ? { sentinelPassword } : {}),
    ...(caFile ? { caFile } : {}),
  }
}

function hostOf(text: string, defaultPort: number): RedisAddress['hosts'][number] {
  const [, ipv6, name, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(text) ?? []
  const host = ipv6 ?? name
  const port = digits === undefined ? defaultPort : Number(digits)
  if (host === undefined || port < 1 || port > 65_535) throw new TypeError(`${JSON.stringify(text)} is not host:port`)
  return { host, port }
}
