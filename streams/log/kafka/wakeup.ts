/** Lets one waiter sleep until something happened or its time is over; a wake-up without a waiter is kept for the next. */
export class Wakeup {
  #pending = false
  #release: (() => void) | undefined

  wake(): void {
    this.#pending = true
    this.#release?.()
  }

  async wait(ms: number): Promise<void> {
    if (!this.#pending && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#release = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#release = undefined
    this.#pending = false
  }
}
