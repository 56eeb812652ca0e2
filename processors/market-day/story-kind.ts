/** One kind of news: how it sounds, and how far it moves the price. Placeholders in braces are filled in. */
export interface StoryKind {
  readonly kind: string
  readonly sign: 1 | -1 | 0
  /** Typical move in percent. */
  readonly movePercent: number
  /** Where such news starts. */
  readonly origin: 'issuer' | 'regulator' | 'wire' | 'press'
  readonly headlines: readonly string[]
  readonly leads: readonly string[]
  readonly details: readonly string[]
  readonly posts: readonly string[]
  /** Sectors it can happen in; all where left out. */
  readonly sectors?: readonly string[]
}
