import { StreamsError } from '../errors.ts'

/** What the topology gives a flow does not suit it. */
export const invalidPlace = (message: string): StreamsError => new StreamsError('TOPOLOGY_INVALID', message)

/** The one name of a list that a flow can use only one of. */
export function onlyOf(names: readonly string[], what: string, key: string): string {
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return only
  throw invalidPlace(`it needs one ${what} under \`${key}:\`, and has ${names.join(', ') || 'none'}`)
}
