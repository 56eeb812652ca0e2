/** Resolves with the first signal to stop; a second one ends the process at once. */
export function untilStopped(note: (line: string) => void): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    let stopping = false
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143)
        stopping = true
        note(`${signal}: finishing what is in hand; again stops at once`)
        resolve(signal)
      })
    }
  })
}
