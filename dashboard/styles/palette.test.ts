import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { contrast, difference, type Rgb, seenBy, VISIONS } from '../testing/colour.ts'

const css = readFileSync(join(import.meta.dirname, 'palette.css'), 'utf8')
const rgb = (hex: string): Rgb =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb
const palette = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((m) => [
    m[1]!,
    { light: rgb(m[2]!), dark: rgb(m[3]!) },
  ]),
)
const colour = (name: string, scheme: 'light' | 'dark'): Rgb => palette.get(name)![scheme]
const STATUS = ['keeping-up', 'behind', 'failing', 'halted', 'idle']
const smallest = (names: readonly string[], scheme: 'light' | 'dark'): number =>
  Math.min(
    ...VISIONS.flatMap((vision) =>
      names.flatMap((a, i) =>
        names.slice(i + 1).map((b) => difference(seenBy(vision, colour(a, scheme)), seenBy(vision, colour(b, scheme)))),
      ),
    ),
  )

for (const scheme of ['light', 'dark'] as const) {
  const other = scheme === 'light' ? 17 : 22

  test(`${scheme}: words are read at 4.5 to 1, on the ground and on raised parts where they stand there`, () => {
    const ground = colour('ground', scheme)
    for (const name of ['text', 'faint', 'link', 'up', 'down', ...STATUS]) {
      expect(contrast(colour(name, scheme), ground), name).toBeGreaterThanOrEqual(4.49)
    }
    for (const name of ['text', 'faint', 'link']) {
      expect(contrast(colour(name, scheme), colour('raised', scheme)), name).toBeGreaterThanOrEqual(4.49)
    }
    for (const name of ['mark', 'mark-current']) {
      expect(contrast(colour('text', scheme), colour(name, scheme)), name).toBeGreaterThanOrEqual(4.5)
    }
  })

  test(`${scheme}: borders of controls and the focus ring stand out at 3 to 1`, () => {
    for (const name of ['edge', 'focus']) {
      expect(contrast(colour(name, scheme), colour('ground', scheme)), name).toBeGreaterThanOrEqual(3)
    }
  })

  test(`${scheme}: any two states differ for every kind of colour vision`, () => {
    expect(smallest(STATUS, scheme)).toBeGreaterThanOrEqual(other)
  })

  test(`${scheme}: up and down differ for every kind of colour vision`, () => {
    expect(smallest(['up', 'down'], scheme)).toBeGreaterThanOrEqual(40)
  })
}

test('the measure itself agrees with published pairs', () => {
  expect(contrast([0, 0, 0], [1, 1, 1])).toBeCloseTo(21, 6)
  expect(difference([1, 1, 1], [0, 0, 0])).toBeCloseTo(100, 0)
  // What protanopes confuse comes out closer than it is to the rest of us.
  const [red, green] = [rgb('#c03020'), rgb('#6a7020')]
  expect(difference(seenBy('protanopia', red), seenBy('protanopia', green))).toBeLessThan(difference(red, green) / 2)
})
