import fc from 'fast-check'
import { expect, test } from 'vitest'
import { documentPath, recommendationPath, routeOf } from './route.ts'

test('each page has its address', () => {
  expect(routeOf('/')).toEqual({ page: 'topology' })
  expect(routeOf('/recommendations')).toEqual({ page: 'recommendations' })
  expect(routeOf('/recommendations/')).toEqual({ page: 'recommendations' })
  expect(routeOf('/trading')).toEqual({ page: 'trading' })
  expect(routeOf('/nowhere/else')).toEqual({ page: 'unknown', path: '/nowhere/else' })
  expect(routeOf('/trading/more')).toEqual({ page: 'unknown', path: '/trading/more' })
})

test('any id survives the way into an address and back', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (id) => {
      expect(routeOf(recommendationPath(id))).toEqual({ page: 'recommendation', id })
      expect(routeOf(documentPath(id))).toEqual({ page: 'document', id })
    }),
  )
})

test('a broken escape is an id, not an error', () => {
  expect(routeOf('/documents/%E0%A4%A')).toEqual({ page: 'document', id: '%E0%A4%A' })
})

test('a quotation is addressed by its offset', () => {
  expect(documentPath('doc 1', 120)).toBe('/documents/doc%201?at=120')
})
