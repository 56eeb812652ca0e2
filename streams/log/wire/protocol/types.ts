import { type ByteReader, CorruptError } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

/** How one kind of field is read and written: the building blocks of message layouts. */
export interface Type<T> {
  read(from: ByteReader): T
  write(to: ByteWriter, value: T): void
}

export type ValueOf<X> = X extends Type<infer T> ? T : never
export type StructOf<F> = { readonly [K in keyof F]: ValueOf<F[K]> }
/** Optional fields behind a struct. */
export type TagsOf<G> = { readonly [K in keyof G]?: G[K] extends { type: Type<infer T> } ? T | undefined : never }

export const boolean: Type<boolean> = {
  read: (from) => from.int8() !== 0,
  write: (to, value) => to.int8(value ? 1 : 0),
}
export const int8: Type<number> = { read: (from) => from.int8(), write: (to, value) => to.int8(value) }
export const int16: Type<number> = { read: (from) => from.int16(), write: (to, value) => to.int16(value) }
export const int32: Type<number> = { read: (from) => from.int32(), write: (to, value) => to.int32(value) }
export const int64: Type<number> = { read: (from) => from.int64(), write: (to, value) => to.int64(value) }

/** Sixteen bytes as 32 hexadecimal digits, so that it can be a map's key. */
export const uuid: Type<string> = {
  read: (from) => from.slice(16).toString('hex'),
  write: (to, value) => to.raw(Buffer.from(value, 'hex')),
}

/** A compact length is one more than the length; zero is null. */
const lengthOf = (from: ByteReader): number => {
  const length = from.unsigned() - 1
  if (length > from.left) throw new CorruptError(`a length of ${length}, where ${from.left} bytes are left`)
  return length
}

export const nullableString: Type<string | null> = {
  read: (from) => {
    const length = lengthOf(from)
    return length < 0 ? null : from.text(length)
  },
  write: (to, value) => {
    if (value === null) return to.unsigned(0)
    const length = Buffer.byteLength(value)
    to.unsigned(length + 1)
    to.text(value, length)
  },
}

export const nullableBytes: Type<Buffer | null> = {
  read: (from) => {
    const length = lengthOf(from)
    return length < 0 ? null : from.slice(length)
  },
  write: (to, value) => {
    if (value === null) return to.unsigned(0)
    to.unsigned(value.length + 1)
    to.raw(value)
  },
}

/** An array whose null is read as empty. An element takes a byte at least, which bounds what a broken length can cost. */
export function array<T>(type: Type<T>): Type<readonly T[]> {
  return {
    read: (from) => {
      const length = lengthOf(from)
      const items: T[] = []
      for (let i = 0; i < length; i++) items.push(type.read(from))
      return items
    },
    write: (to, values) => {
      to.unsigned(values.length + 1)
      for (const value of values) type.write(to, value)
    },
  }
}

/** An array that may be null, which some questions take for "all". */
export const nullableArray = <T>(type: Type<T>): Type<readonly T[] | null> => ({
  read: (from) => array(type).read(from),
  write: (to, values) => (values === null ? to.unsigned(0) : array(type).write(to, values)),
})

const present = <T>(type: Type<T | null>, what: string): Type<T> => ({
  read: (from) => {
    const value = type.read(from)
    if (value === null) throw new CorruptError(`null where ${what} has to be`)
    return value
  },
  write: (to, value) => type.write(to, value),
})
export const string: Type<string> = present(nullableString, 'text')
export const bytes: Type<Buffer> = present(nullableBytes, 'bytes')

/** Fields in their order, then tagged ones: known tags are read, others passed over. */
export function struct<F extends object, G extends object = object>(
  fields: F,
  tags?: G,
): Type<StructOf<F> & TagsOf<G>> {
  const plain = classic.struct(fields) as unknown as Type<Record<string, unknown>>
  const tagged = Object.entries((tags ?? {}) as Record<string, { tag: number; type: Type<unknown> }>)
  return {
    read: (from) => {
      const value = plain.read(from)
      for (let count = from.unsigned(); count > 0; count--) {
        const tag = from.unsigned()
        const next = lengthOfTag(from)
        const known = tagged.find(([, of]) => of.tag === tag)
        if (known) value[known[0]] = known[1].type.read(from)
        from.at = next
      }
      return value as StructOf<F> & TagsOf<G>
    },
    write: (to, value) => {
      plain.write(to, value as Record<string, unknown>)
      to.unsigned(0)
    },
  }
}

function lengthOfTag(from: ByteReader): number {
  const length = from.unsigned()
  if (length > from.left) throw new CorruptError(`a tagged field of ${length} bytes, where ${from.left} are left`)
  return from.at + length
}

/** The encodings of before: 16-bit lengths of text, 32-bit lengths of bytes and arrays, no tagged fields. */
export const classic = {
  string: {
    read: (from) => from.text(from.int16()),
    write: (to, value) => {
      const length = Buffer.byteLength(value)
      to.int16(length)
      to.text(value, length)
    },
  } as Type<string>,

  nullableBytes: {
    read: (from) => {
      const length = from.int32()
      return length < 0 ? null : from.slice(length)
    },
    write: (to, value) => {
      to.int32(value === null ? -1 : value.length)
      if (value !== null) to.raw(value)
    },
  } as Type<Buffer | null>,

  array: <T>(type: Type<T>): Type<readonly T[]> => ({
    read: (from) => {
      const length = from.int32()
      if (length > from.left) throw new CorruptError(`an array of ${length}, where ${from.left} bytes are left`)
      const items: T[] = []
      for (let i = 0; i < length; i++) items.push(type.read(from))
      return items
    },
    write: (to, values) => {
      to.int32(values.length)
      for (const value of values) type.write(to, value)
    },
  }),

  struct: <F extends object>(fields: F): Type<StructOf<F>> => {
    const entries = Object.entries(fields as Record<string, Type<unknown>>)
    return {
      read: (from) => {
        const value: Record<string, unknown> = {}
        for (const [name, type] of entries) value[name] = type.read(from)
        return value as StructOf<F>
      },
      write: (to, value) => {
        for (const [name, type] of entries) type.write(to, (value as Record<string, unknown>)[name])
      },
    }
  },
}
