/** A deliberate mistake: the engine with one of its guards taken out. */
export interface Mutant {
  readonly mistake: string
  /** Where it was noticed last: looked at first, so that the test is quick. */
  readonly seed: number
  readonly edits: readonly { readonly file: string; readonly find: string; readonly replace: string }[]
}

const one = (seed: number, mistake: string, file: string, find: string, replace: string): Mutant => ({
  seed,
  mistake,
  edits: [{ file, find, replace }],
})

const CLUSTERED = 'runtime/clustered'

/** Each of these has to be noticed; were one not, the simulation would look without seeing. */
export const MUTANTS: readonly Mutant[] = [
  one(
    6,
    'the local copy is written before the log has taken the commit',
    `${CLUSTERED}/commit.ts`,
    '  const written = await inTime(ports.clock, write(prepared, ports)) // 1. the log\n',
    `  const early = prepared.stores.map(({ logged, entries }) => ({ storeId: logged.storeId, entries }))
  ports.disk.write({ parts: [], offsets: [], stores: early })
  const written = await write(prepared, ports)
`,
  ),
  one(
    4,
    'the offset of the last record read is committed, not of the last one handled',
    `${CLUSTERED}/commit.ts`,
    'const { key, at, position } = input',
    'const { key, at, next: position } = input',
  ),
  one(
    664,
    'at least once, outputs and changelog are written side by side',
    `${CLUSTERED}/commit.ts`,
    "if (guarantee === 'exactly_once' || outputs === 0 ||",
    "if (guarantee === 'exactly_once' || guarantee === 'at_least_once' || outputs === 0 ||",
  ),
  one(
    16,
    'a session goes on after a commit that failed',
    `${CLUSTERED}/session-commits.ts`,
    '        this.#stopped = true\n        this.#failed(error)\n',
    '        void error\n',
  ),
  one(
    105,
    'calls that end after their task was given up are kept',
    `${CLUSTERED}/log-task.ts`,
    '    if (this.isDropped) return\n    this.dirty = true\n',
    '    this.dirty = true\n',
  ),
  {
    seed: 1,
    mistake: 'what a timer forwards is committed without what it stored',
    edits: [
      {
        file: `${CLUSTERED}/log-task.ts`,
        find: '    if (this.isDropped) return\n    this.dirty = true\n',
        replace: '    if (this.isDropped) return\n',
      },
      {
        file: `${CLUSTERED}/log-task.ts`,
        find: '      this.running = undefined\n',
        replace: '      this.running = undefined\n      return\n',
      },
    ],
  },
  one(
    20,
    'records that come a second time are handled again',
    'event-time/input-partition.ts',
    "if (record.offset < this.next) return 'noted'",
    '',
  ),
  one(
    48,
    'a store is restored to the last stable offset',
    `${CLUSTERED}/changelog.ts`,
    'admin.writtenEnds?.(at.topic) ?? ',
    '',
  ),
  one(
    48,
    'a restore ends with the first records it gets',
    `${CLUSTERED}/changelog.ts`,
    'const known = lastChange',
    'const known = records.length > 0 || lastChange',
  ),
  one(
    1,
    'the position noted beside a copy is one too far',
    `${CLUSTERED}/commit.ts`,
    'positionChange(logged, prepared.node, last + 1n, change)',
    'positionChange(logged, prepared.node, last + 3n, change)',
  ),
  one(
    930,
    'a source tries the same commit again',
    `${CLUSTERED}/source-runner.ts`,
    '    await commitThenApply(prepared, {',
    `    const again = (): Promise<void> =>
      commitThenApply(prepared, { clock, isOver, guarantee, producer, consumer: undefined, groupId, disk, onForward }).catch(
        (error) => (isRetriable(error) ? again() : Promise.reject(error)),
      )
    await again()
    if (prepared.records.length < 0) await commitThenApply(prepared, {`,
  ),
  one(
    29,
    'a source that was replaced takes over again at once',
    `${CLUSTERED}/source-runner.ts`,
    'this.#standByMs(error)))',
    '0 * this.#standByMs(error)))',
  ),
  one(
    1,
    'positions in broadcast topics are not read back',
    'task/task-metadata.ts',
    'new Map(Object.entries(raw.broadcast)',
    'new Map(Object.entries({} as typeof raw.broadcast)',
  ),
  one(
    4,
    'a timer counts as fired when its call begins',
    'task/punctuators.ts',
    '(one.callingMs ?? one.nextMs ?? null)',
    '(one.nextMs ?? null)',
  ),
  one(
    1,
    'dead letters are not written',
    'parking/aside.ts',
    '    deadLettered(this.#deadLetters.of(record, { taskId, ...how }))',
    '    void this.#deadLetters.of(record, { taskId, ...how })',
  ),
  one(
    140,
    'a clock that is set back is waited for',
    'clock.ts',
    'return ms < 0 ? Number.POSITIVE_INFINITY : ms',
    'return ms',
  ),
  one(
    4,
    'a sink commits before it has written',
    'runtime/sink-runner.ts',
    '    letters.push(...(await this.#write(inputs)))\n',
    '    await this.#commit(records, letters)\n    letters.push(...(await this.#write(inputs)))\n',
  ),
  {
    seed: 28,
    mistake: 'a commit whose answer is lost is tried again with the same producer',
    edits: [
      {
        file: 'errors.ts',
        find: 'COMMIT_AMBIGUOUS: { retriable: false }',
        replace: 'COMMIT_AMBIGUOUS: { retriable: true }',
      },
      {
        file: 'simulation/driver/sim-producer.ts',
        find: "this.#refusal = new StreamsError('COMMIT_AMBIGUOUS', message, {}, error)\n        throw this.#refusal",
        replace: "throw new StreamsError('COMMIT_AMBIGUOUS', message, {}, error)",
      },
    ],
  },
  one(
    6,
    'the offset is committed beyond records whose calls have not ended',
    'event-time/input-partition.ts',
    'for (const open of [lane.begun.oldest, lane.head()])',
    'for (const open of [lane.head()])',
  ),
  one(
    22,
    'what is in flight is told as done',
    'event-time/input-partition.ts',
    '      for (const record of lane.begun.open()) open.add(record.offset)\n',
    '',
  ),
  one(
    22,
    'what was done beyond the offset is done again',
    'event-time/input-partition.ts',
    '|| this.#options.done.has(record.offset)',
    '',
  ),
  one(
    10,
    'a watermark passes records whose calls have not ended',
    'event-time/input-partition.ts',
    ', this.begun.earliestMs(except))',
    ', Number.POSITIVE_INFINITY)',
  ),
  one(
    1,
    'records of one key are asked for side by side',
    'calls/key-lanes.ts',
    'if (lane !== undefined) {',
    'if (lane !== undefined && lane.length < 0) {',
  ),
  one(
    10,
    'more calls are made than there may be',
    'calls/call-limits.ts',
    'this.#running < this.#policy.concurrency',
    'this.#running <= this.#policy.concurrency',
  ),
  {
    seed: 27,
    mistake: 'answers that come after their task was given up are kept',
    edits: [
      { file: 'task/task.ts', find: '    this.calls?.drop()\n', replace: '' },
      {
        file: `${CLUSTERED}/log-task.ts`,
        find: '    if (this.isDropped) return\n    this.dirty = true\n',
        replace: '    this.dirty = true\n',
      },
      {
        file: `${CLUSTERED}/log-task.ts`,
        find: "this.running === undefined && this.state === 'running'",
        replace: 'this.running === undefined',
      },
    ],
  },
  {
    seed: 1,
    mistake: 'the memo is written and not read',
    edits: [
      { file: 'calls/answers.ts', find: 'if (known !== undefined) return known\n', replace: 'void known\n' },
      {
        file: 'calls/answers.ts',
        find: 'recent === undefined ? await pay()',
        replace: 'recent !== null ? await pay()',
      },
    ],
  },
  one(
    2,
    'records of a parked key do not wait for it',
    'task/task.ts',
    'if (!this.#aside.holds(record)) return this.#handle(record)',
    'if (record.offset >= 0n) return this.#handle(record)',
  ),
  one(1, 'a parked record is not written down', 'parking/parking.ts', '    store.put(id, stored)\n', ''),
  one(
    1,
    'a parked record that was handled is not crossed out',
    'parking/parking.ts',
    '    store.delete(first.id)\n',
    '',
  ),
  one(1, 'what is parked is not taken up again after a restart', 'task/task.ts', '    this.#aside.load()\n', ''),
  one(
    2,
    'a watermark passes records that are parked',
    `${CLUSTERED}/log-task.ts`,
    'Math.min(watermarkMs, this.task.parkedSinceMs)',
    'watermarkMs',
  ),
]
