/** JSON as it is in metadata of tables and answers of Trino: whole numbers beyond 2^53 are bigint. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [name: string]: Json }

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
const { parse, rawJSON } = JSON as unknown as {
  parse(text: string, reviver: Reviver): Json
  rawJSON(text: string): object
}

/** Like JSON.parse; a whole number that a double cannot hold exactly comes as bigint. Throws SyntaxError. */
export const parseJson = (text: string): Json =>
  parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
      ? BigInt(source ?? '')
      : value,
  )

/** Like JSON.stringify; bigint is written as a number. */
export const stringifyJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? rawJSON(String(inner)) : inner))
