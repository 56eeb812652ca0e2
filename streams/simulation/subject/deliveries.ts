/** What the sink wrote to the world outside: once there, for good. */
export class Deliveries {
  readonly byKey = new Map<string, number[]>()
  readonly #known = new Set<number>()

  /** Taking the same again changes nothing. */
  take(key: string, id: number): void {
    if (this.#known.has(id)) return
    this.#known.add(id)
    const list = this.byKey.get(key) ?? []
    this.byKey.set(key, list)
    list.push(id)
  }
}
