export type Close = () => Promise<void>

/** Closes what was opened last first, and all of it also where one fails. Throws the first failure when all are closed. */
export async function closeAll(opened: readonly Close[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of opened.toReversed()) await close().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

/** Runs `work`, then closes. What `work` throws is thrown: that closing failed too is only its consequence. */
export async function thenClose<T>(work: () => Promise<T>, close: Close): Promise<T> {
  const done = await work().catch(async (error: unknown) => {
    await close().catch(() => {})
    throw error
  })
  await close()
  return done
}
