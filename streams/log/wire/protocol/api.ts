import type { Type } from './types.ts'

/** One request with its answer, in the one version of it that we speak. */
export interface Api<Q, A> {
  readonly name: string
  readonly key: number
  readonly version: number
  readonly request: Type<Q>
  readonly response: Type<A>
  /** Headers of before tagged fields: only the handshake of SASL has them, and the answer to ApiVersions. */
  readonly plainHeader?: 'both' | 'response'
}

/** The same layout under a later number, by which the broker knows that more is meant. */
export const asVersion = <Q, A>(api: Api<Q, A>, version: number): Api<Q, A> => ({ ...api, version })

export const api = <Q, A>(
  name: string,
  key: number,
  version: number,
  request: Type<Q>,
  response: Type<A>,
): Api<Q, A> => ({ name, key, version, request, response })
