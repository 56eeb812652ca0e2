import { expect, test } from 'vitest'
import { parseRedisUrl } from './redis-address.ts'

test('a single server, with user, password, database and TLS', () => {
  expect(parseRedisUrl('redis://localhost')).toEqual({
    kind: 'single',
    hosts: [{ host: 'localhost', port: 6379 }],
    isTls: false,
    database: 0,
  })
  expect(parseRedisUrl('rediss://u%40x:p%3Ass@[::1]:7000/2?ca=/etc/ca.pem')).toEqual({
    kind: 'single',
    hosts: [{ host: '::1', port: 7000 }],
    username: 'u@x',
    password: 'p:ss',
    isTls: true,
    database: 2,
    caFile: '/etc/ca.pem',
  })
  expect(parseRedisUrl('redis://:only@h')).toMatchObject({ password: 'only' })
})

test('sentinels name a master, a cluster needs some of its nodes', () => {
  expect(parseRedisUrl('redis+sentinel://:pw@a:1,b/mymaster/3?sentinel_password=s%20p')).toEqual({
    kind: 'sentinel',
    hosts: [
      { host: 'a', port: 1 },
      { host: 'b', port: 26_379 },
    ],
    password: 'pw',
    isTls: false,
    database: 3,
    master: 'mymaster',
    sentinelPassword: 's p',
  })
  expect(parseRedisUrl('rediss+cluster://a:7000,b:7001')).toMatchObject({ kind: 'cluster', isTls: true })
})

test.each([
  ['http://h', /it is not redis/],
  ['redis://', /it is not redis/],
  ['redis://a,b', /several hosts need/],
  ['redis+sentinel://a', /name of the master/],
  ['redis+cluster://a/1', /no database but 0/],
  ['redis://h/x', /database is not a number/],
  ['redis://h:99999', /is not host:port/],
  ['redis://:secret@h:port', /"h:port" is not host:port/],
])('%s is refused with the reason and without the password', (url, reason) => {
  expect(() => parseRedisUrl(url)).toThrow(reason)
  expect(() => parseRedisUrl(url)).not.toThrow(/secret/)
})
