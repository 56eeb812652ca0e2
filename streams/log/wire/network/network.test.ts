import { createServer, type Server, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { StreamsError } from '../../../errors.ts'
import { openWireReader } from '../consumer/reader.ts'
import { Backoff } from './backoff.ts'
import { RefusedError } from './connection-error.ts'
import { Framing } from './framing.ts'
import { scram } from './scram.ts'

describe('frames', () => {
  test('come out whole however the stream was cut', () => {
    const frames = fc.array(fc.uint8Array({ minLength: 4, maxLength: 60 }), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (all, cuts) => {
        const stream = Buffer.concat(
          all.flatMap((frame) => {
            const length = Buffer.alloc(4)
            length.writeInt32BE(frame.length)
            return [length, frame]
          }),
        )
        const found: string[] = []
        const framing = new Framing((frame) => found.push(frame.toString('hex')))
        for (let at = 0, n = 0; at < stream.length; n++) {
          const size = cuts[n % cuts.length] as number
          framing.push(stream.subarray(at, at + size))
          at += size
        }
        expect(found).toEqual(all.map((frame) => Buffer.from(frame).toString('hex')))
      }),
    )
  })

  test.each([
    ['HTTP/1.1 400 Bad Request\r\n', /HTTP server/],
    ['\x15\x03\x03\x00\x02\x02\x46', /speaks TLS/],
    ['\x7f\xff\xff\xff', /no Kafka broker/],
    ['\x00\x00\x00\x00', /no Kafka broker/],
  ])('%j is no broker, and it is said what it may be', (text, expected) => {
    const push = () => new Framing(() => undefined).push(Buffer.from(text, 'latin1'))
    expect(push).toThrow(RefusedError)
    expect(push).toThrow(expected)
  })
})

describe('SCRAM', () => {
  test('the exchange of RFC 7677 is answered as printed there', () => {
    const client = scram('sha256', 'user', 'pencil', 'rOprNGfwEbeRWgbNEkqO')
    expect(client.first).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
    expect(client.proof(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)).toBe(
      `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    )
    client.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
    expect(() => client.verify('v=AAAA')).toThrow(/impostor/)
    expect(() => client.verify('e=invalid-proof')).toThrow(/invalid-proof/)
  })

  test('a server that changes our nonce or asks for too few iterations is refused', () => {
    const proof = (challenge: string) => () => scram('sha512', 'u', 'p', 'abc').proof(challenge)
    expect(proof('r=xyz,s=AAAA,i=4096')).toThrow(/nonce/)
    expect(proof('r=abc,s=AAAA,i=4096')).toThrow(/nonce/)
    expect(proof('r=abcd,s=AAAA,i=1')).toThrow(/iterations/)
    expect(proof('r=abcd,s=AAAA,i=99999999')).toThrow(/iterations/)
  })
})

test('waiting times double up to their limit, each between half and all of it', () => {
  const backoff = new Backoff(10, 100, () => 0)
  expect([1, 2, 3, 4, 5].map(() => backoff.nextMs())).toEqual([5, 10, 20, 40, 50])
  backoff.reset()
  expect(backoff.nextMs()).toBe(5)
})

describe('something at the address that is no broker', () => {
  const servers: Server[] = []
  const sockets: Socket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const server of servers.splice(0)) server.close()
  })
  const serve = (answer: (socket: Socket) => void): Promise<string> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        sockets.push(socket)
        socket.on('error', () => undefined)
        socket.once('data', () => answer(socket))
      })
      servers.push(server)
      server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as { port: number }).port}`))
    })
  const open = async (address: string, ssl = false): Promise<StreamsError> => {
    const from = [{ at: { topic: 't', partition: 0 }, offset: 0n }]
    return openWireReader({ brokers: [address], clientId: 'c', ssl }, from).then(
      () => Promise.reject(new Error('it opened')),
      (error: StreamsError) => error,
    )
  }

  test.each([
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'INVALID_STATE', /HTTP server/],
    ['a TLS port asked in plain', '\x15\x03\x03\x00\x02\x02\x46', 'INVALID_STATE', /speaks TLS/],
    ['noise', '\x00\x00\x00\x0a\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff', 'INVALID_STATE', /3\.1/],
  ])('%s is named', async (_, answer, code, message) => {
    const error = await open(await serve((socket) => socket.write(Buffer.from(answer, 'latin1'))))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  test('a broker asked by TLS on its plain port is named', async () => {
    const error = await open(
      await serve((socket) => socket.write(Buffer.from('\x00\x00\x00\x10nothing of TLS', 'latin1'))),
      true,
    )
    expect(error.code).toBe('INVALID_STATE')
    expect(error.message).toMatch(/does not speak TLS/)
  })

  test('a connection that is cut is LOG_UNAVAILABLE', async () => {
    const error = await open(await serve((socket) => socket.destroy()))
    expect([error.code, error.retriable]).toEqual(['LOG_UNAVAILABLE', true])
  })

  test('nobody there is LOG_UNAVAILABLE, and no address is too', async () => {
    expect((await open('127.0.0.1:1')).code).toBe('LOG_UNAVAILABLE')
    expect((await open('nonsense')).message).toMatch(/host:port/)
  })
})
