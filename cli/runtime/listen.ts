import type { Server } from '../../api/app.ts'

const TRIES = 20

/** Listens on the port, or where it is taken on the next free one; `taken` is told of each. */
export async function listenNear(
  port: number,
  listen: (port: number) => Promise<Server>,
  taken: (port: number) => void,
): Promise<Server> {
  for (let tried = port; ; tried++) {
    try {
      return await listen(tried)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tried >= port + TRIES) throw error
      taken(tried)
    }
  }
}
