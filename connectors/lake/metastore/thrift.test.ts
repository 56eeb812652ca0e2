import { createServer, type Server, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { decodeMessage, encodeMessage, IncompleteError, MESSAGE, type ThriftMessage } from './thrift-binary.ts'
import { ThriftConnection } from './thrift-connection.ts'
import { bool, i32, i64, listOf, mapOfText, struct, structOf, THRIFT, text } from './thrift-values.ts'

const MESSAGE_OF_ALL: ThriftMessage = {
  type: MESSAGE.reply,
  method: 'get',
  sequence: 7,
  body: structOf({
    0: struct({
      1: text('naïve 🐟'),
      2: i32(-5),
      3: i64(-(2n ** 63n)),
      4: bool(true),
      5: listOf(THRIFT.i32, [1, 2]),
      6: mapOfText({ a: 'b' }),
      7: listOf(THRIFT.struct, [structOf({ 1: text('x') })]),
      8: { type: THRIFT.double, value: 0.1 },
      300: { type: THRIFT.byte, value: -1 },
    }),
  }),
}

test('a message comes out as it went in, whatever fields it has', () => {
  expect(decodeMessage(encodeMessage(MESSAGE_OF_ALL))).toEqual(MESSAGE_OF_ALL)
})

test('a message that has not come whole is waited for, wherever it is cut', () => {
  const bytes = encodeMessage(MESSAGE_OF_ALL)
  for (let end = 0; end < bytes.length; end++)
    expect(() => decodeMessage(bytes.subarray(0, end)), `${end} bytes`).toThrow(IncompleteError)
})

test('bytes of anybody are refused or waited for, never believed without measure', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const answer = Buffer.concat([encodeMessage(MESSAGE_OF_ALL).subarray(0, 15), bytes])
      try {
        decodeMessage(answer)
      } catch (error) {
        expect(error instanceof TypeError || error instanceof IncompleteError, String(error)).toBe(true)
      }
    }),
  )
})

let server: Server | undefined
afterEach(() => server?.close())

async function serve(onCall: (socket: Socket, call: ThriftMessage) => void): Promise<number> {
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => onCall(socket, decodeMessage(bytes)))
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

const reply = (call: ThriftMessage, body: ThriftMessage['body']): Buffer =>
  encodeMessage({ ...call, type: MESSAGE.reply, body })

test('an answer in pieces is put together; a declared exception says which and why', async () => {
  const port = await serve((socket, call) => {
    const bytes = reply(
      call,
      call.method === 'good' ? structOf({ 0: i32(1) }) : structOf({ 2: struct({ 1: text('no') }) }),
    )
    socket.write(bytes.subarray(0, 9))
    setTimeout(() => socket.write(bytes.subarray(9)), 10)
  })
  const connection = new ThriftConnection({ host: '127.0.0.1', port, timeoutMs: 5_000 })
  expect((await connection.call('good', new Map()))?.value).toBe(1)
  await expect(connection.call('bad', new Map())).rejects.toMatchObject({ fieldId: 2, message: 'bad: no' })
  await connection.close()
})

test('an answer that is lost says that the call was sent, and the next call connects again', async () => {
  let calls = 0
  const port = await serve((socket, call) => {
    calls += 1
    if (calls === 1) socket.destroy()
    else if (calls > 2) socket.write(reply(call, new Map()))
  })
  const connection = new ThriftConnection({ host: '127.0.0.1', port, timeoutMs: 300 })
  await expect(connection.call('closed', new Map())).rejects.toMatchObject({ sent: true, retriable: true })
  await expect(connection.call('silent', new Map())).rejects.toMatchObject({ sent: true })
  expect(await connection.call('answered', new Map())).toBeUndefined()
  await connection.close()
  const nobody = new ThriftConnection({ host: '127.0.0.1', port: 1, timeoutMs: 300 })
  await expect(nobody.call('any', new Map())).rejects.toMatchObject({ sent: false })
})
