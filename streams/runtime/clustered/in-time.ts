import { type Clock, waitAtMost } from '../../clock.ts'
import { StreamsError } from '../../errors.ts'

/** Longer than all limits that drivers have for the steps of a commit, one after another. */
const COMMIT_WAIT_MS = 120_000

/** A commit's end. Rejects with COMMIT_AMBIGUOUS where its client does not come back, not even to give up. */
export async function inTime<T>(clock: Clock, commit: Promise<T>): Promise<T> {
  let isSettled = false
  const watched = commit.finally(() => {
    isSettled = true
  })
  await waitAtMost(clock, watched, COMMIT_WAIT_MS)
  if (isSettled) return await watched
  const message = `a commit has not ended for ${COMMIT_WAIT_MS / 1000} s: its client is left, and what counts is read anew`
  throw new StreamsError('COMMIT_AMBIGUOUS', message)
}
