import { BlockList, isIP, isIPv6 } from 'node:net'

/** Ranges nobody on the internet answers from, RFC 6890 and its IPv6 counterparts. */
const RESERVED = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
] as const
const LOOPBACK = ['127.0.0.0/8', '::1/128'] as const

const reserved = blockListOf(RESERVED)
const loopback = blockListOf(LOOPBACK)

/** True where an address must not be fetched: private, link-local, reserved; loopback too unless allowed. */
export function isPrivateAddress(address: string, allowLoopback: boolean): boolean {
  if (isIP(address) === 0) return true
  const plain = mappedIPv4(address) ?? address
  const family = isIPv6(plain) ? 'ipv6' : 'ipv4'
  if (loopback.check(plain, family)) return !allowLoopback
  return reserved.check(plain, family)
}

/** `::ffff:10.0.0.1` and `::ffff:a00:1` are IPv4 in disguise. */
function mappedIPv4(address: string): string | undefined {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (dotted) return dotted
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? []
  if (!high || !low) return undefined
  const bits = (Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)) >>> 0
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
}

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix = '0'] = range.split('/')
    list.addSubnet(network, Number(prefix), isIPv6(network) ? 'ipv6' : 'ipv4')
  }
  return list
}
