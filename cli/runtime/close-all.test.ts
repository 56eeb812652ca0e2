import { expect, test } from 'vitest'
import { closeAll, thenClose } from './close-all.ts'

test('everything is closed, the last first, also where one fails, and the first failure is told', async () => {
  const closed: string[] = []
  const close = (name: string, error?: Error) => async (): Promise<void> => {
    closed.push(name)
    if (error) throw error
  }
  const opened = [close('database', new Error('second')), close('log'), close('lake', new Error('first'))]
  await expect(closeAll(opened)).rejects.toThrow('first')
  expect(closed).toEqual(['lake', 'log', 'database'])
})

test('what went wrong is told, not what that made of closing', async () => {
  const close = async (): Promise<void> => {
    throw new Error('cannot flush')
  }
  const work = async (): Promise<never> => {
    throw new Error('disk full')
  }
  await expect(thenClose(work, close)).rejects.toThrow('disk full')
  await expect(thenClose(async () => 1, close)).rejects.toThrow('cannot flush')
  await expect(
    thenClose(
      async () => 1,
      async () => {},
    ),
  ).resolves.toBe(1)
})
