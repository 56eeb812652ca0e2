import { expect, test } from 'vitest'
import { listKeysOf } from './list-keys.ts'

test('the keys of the contract, beside the list', () => {
  const keys = listKeysOf('stonks:queue:parsing', false)
  expect([keys.processing('a'), keys.dead]).toEqual(['stonks:queue:parsing:processing:a', 'stonks:queue:parsing:dead'])
})

test('on a cluster the other keys carry the list in braces, unless it has a tag of its own', () => {
  expect(listKeysOf('stonks:queue:parsing', true)).toMatchObject({
    list: 'stonks:queue:parsing',
    dead: '{stonks:queue:parsing}:dead',
  })
  expect(listKeysOf('q:{parsing}', true).dead).toBe('q:{parsing}:dead')
})
