import type { Clock } from '../../../streams/index.ts'
import { ThriftConnection, ThriftLostError, ThriftRefusal } from './thrift-connection.ts'
import {
  bool,
  i32,
  i64,
  listOf,
  mapOfText,
  struct,
  structAt,
  structOf,
  THRIFT,
  type ThriftField,
  type ThriftStruct,
  text,
  textAt,
  textListAt,
  textMapAt,
} from './thrift-values.ts'

/** A table as the metastore knows it; what nobody here needs stays as it came. */
export interface MetastoreTable {
  readonly database: string
  readonly name: string
  readonly parameters: Readonly<Record<string, string>>
  readonly raw: ThriftStruct
}

export interface NewMetastoreTable {
  readonly database: string
  readonly name: string
  readonly location: string
  readonly columns: readonly MetastoreColumn[]
  readonly parameters: Readonly<Record<string, string>>
}
export interface MetastoreColumn {
  readonly name: string
  /** Hive's name of the type. */
  readonly type: string
}

/** Nobody knows whether the metastore has done it: the answer was lost. */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError'
  readonly retriable = true
}

/** The lock was not to be had: another writer holds it, or a dead one until the metastore frees it. */
export class LockTimeoutError extends Error {
  override readonly name = 'LockTimeoutError'
  readonly retriable = true
}

/** The few calls of a Hive Metastore 4 that an Iceberg table needs. Times out and connects again by itself. */
export interface Metastore {
  /** Creates the database unless it is there. */
  ensureDatabase(name: string, location: string): Promise<void>
  /** Undefined where there is none. */
  table(database: string, name: string): Promise<MetastoreTable | undefined>
  tables(database: string): Promise<readonly string[]>
  /** False where a table of that name is there already. */
  create(table: NewMetastoreTable): Promise<boolean>
  /** Forgets the table and leaves its files. */
  drop(database: string, name: string): Promise<void>
  /** Works under the table's exclusive lock, the one that Trino takes. Throws LockTimeoutError. */
  withLock<T>(database: string, name: string, work: () => Promise<T>): Promise<T>
  /**
   * Replaces the table's parameters and columns where its `metadata_location` is still `expected`; false where it is not.
   * Throws UnknownOutcomeError.
   */
  swap(table: MetastoreTable, expected: string, next: MetastoreChange): Promise<boolean>
  close(): Promise<void>
}
export interface MetastoreChange {
  readonly parameters: Readonly<Record<string, string>>
  readonly columns: readonly MetastoreColumn[]
}

export interface MetastoreOptions {
  /** `thrift://host:9083` */
  readonly uri: string
  readonly clock: Clock
  /** Shown to whoever looks who holds a lock. */
  readonly user: string
  readonly timeoutMs?: number
  /** How long a lock is waited for; longer than the metastore takes to free a dead writer's. */
  readonly lockPatienceMs?: number
}

const TIMEOUT_MS = 30_000
const LOCK_PATIENCE_MS = 60_000
const LOCK_WAIT_FIRST_MS = 20
const LOCK_WAIT_MAX_MS = 500
/** Enumerations of hive_metastore.thrift. */
const LOCK = { exclusive: 3, table: 2, noTransaction: 6, acquired: 1, waiting: 2 } as const
const INSERT_ONLY_TABLES = 2

export function openMetastore(options: MetastoreOptions): Metastore {
  const { hostname, port } = new URL(options.uri)
  const connection = new ThriftConnection({
    host: hostname,
    port: Number(port || '9083'),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  })
  const call = (method: string, ...args: ThriftField[]): Promise<ThriftField | undefined> =>
    connection.call(method, new Map(args.map((arg, index) => [index + 1, arg])))
  /** For calls that change nothing: a connection that died while nobody used it is no outage. */
  const ask = (method: string, ...args: ThriftField[]): Promise<ThriftField | undefined> =>
    call(method, ...args).catch((error: unknown) => {
      if (error instanceof ThriftLostError) return call(method, ...args)
      throw error
    })

  return {
    async ensureDatabase(name, location) {
      const there = await refusedBy(ask('get_database', text(name)), 1)
      if (there !== REFUSED) return
      const database = struct({ 1: text(name), 2: text(''), 3: text(location), 4: mapOfText({}) })
      // Another process may have made it meanwhile.
      await refusedBy(call('create_database', database), 1)
    },

    async table(database, name) {
      const capabilities = struct({ 1: listOf(THRIFT.i32, [INSERT_ONLY_TABLES]) })
      const request = struct({ 1: text(database), 2: text(name), 3: capabilities, 4: text('hive') })
      const answer = await refusedBy(ask('get_table_req', request), 2)
      if (answer === REFUSED) return undefined
      const raw = structAt(answer?.value as ThriftStruct, 1) ?? new Map()
      return { database, name, parameters: textMapAt(raw, 9), raw }
    },

    async tables(database) {
      const answer = await ask('get_all_tables', text(database))
      return answer === undefined ? [] : textListAt(new Map([[0, answer]]), 0)
    },

    async create(table) {
      const made = await refusedBy(call('create_table', newTable(table, options)), 1)
      return made !== REFUSED
    },

    async drop(database, name) {
      await refusedBy(call('drop_table', text(database), text(name), bool(false)), 1)
    },

    async withLock(database, name, work) {
      const id = await acquire(ask, call, options, database, name)
      try {
        return await work()
      } finally {
        // Where this fails the metastore frees it in time; what was done under it is done.
        await ask('unlock', struct({ 1: i64(id) })).catch(() => {})
      }
    },

    async swap(table, expected, next) {
      const context = struct({
        1: mapOfText({
          DO_NOT_UPDATE_STATS: 'true',
          expected_parameter_key: 'metadata_location',
          expected_parameter_value: expected,
        }),
      })
      const method = 'alter_table_with_environment_context'
      const changed: ThriftField = { type: THRIFT.struct, value: withChange(table.raw, next) }
      try {
        await call(method, text(table.database), text(table.name), changed, context)
        return true
      } catch (error) {
        if (error instanceof ThriftRefusal && /has been modified|metadata_location/i.test(error.message)) return false
        if (error instanceof ThriftLostError && error.sent)
          throw new UnknownOutcomeError(`${table.name}: ${error.message}`, { cause: error })
        throw error
      }
    },

    close: () => connection.close(),
  }
}

const REFUSED = Symbol('refused')

/** The answer, or REFUSED where the metastore threw the exception with this field id. */
async function refusedBy<T>(answer: Promise<T>, fieldId: number): Promise<T | typeof REFUSED> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ThriftRefusal && error.fieldId === fieldId) return REFUSED
    throw error
  }
}

type Call = (method: string, ...args: ThriftField[]) => Promise<ThriftField | undefined>

async function acquire(
  ask: Call,
  call: Call,
  { clock, user, lockPatienceMs = LOCK_PATIENCE_MS }: MetastoreOptions,
  database: string,
  name: string,
): Promise<bigint> {
  const component = structOf({
    1: i32(LOCK.exclusive),
    2: i32(LOCK.table),
    3: text(database),
    4: text(name),
    6: i32(LOCK.noTransaction),
    7: bool(false),
  })
  const request = struct({
    1: listOf(THRIFT.struct, [component]),
    3: text(user),
    4: text('stonks'),
    5: text('stonks-lake'),
  })
  let answer = await call('lock', request)
  const giveUpMs = clock.now() + lockPatienceMs
  for (let waitMs = LOCK_WAIT_FIRST_MS; ; waitMs = Math.min(waitMs * 2, LOCK_WAIT_MAX_MS)) {
    const response = answer?.value as ThriftStruct
    const id = response.get(1)?.value as bigint
    const state = response.get(2)?.value
    if (state === LOCK.acquired) return id
    if (state !== LOCK.waiting || clock.now() >= giveUpMs) {
      await ask('unlock', struct({ 1: i64(id) })).catch(() => {})
      const why = textAt(response, 3) ?? `state ${String(state)} after ${lockPatienceMs} ms`
      throw new LockTimeoutError(`the lock of ${database}.${name} was not to be had: ${why}`)
    }
    await clock.sleep(waitMs)
    answer = await ask('check_lock', struct({ 1: i64(id) }))
  }
}

function newTable(table: NewMetastoreTable, { clock, user }: MetastoreOptions): ThriftField {
  const serde = struct({
    1: text(table.name),
    2: text('org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'),
    3: mapOfText({}),
  })
  const storage = struct({
    1: columnsField(table.columns),
    2: text(table.location),
    3: text('org.apache.hadoop.mapred.FileInputFormat'),
    4: text('org.apache.hadoop.mapred.FileOutputFormat'),
    5: bool(false),
    6: i32(0),
    7: serde,
    8: listOf(THRIFT.string, []),
    9: listOf(THRIFT.struct, []),
    10: mapOfText({}),
  })
  const nowSeconds = Math.floor(clock.now() / 1000)
  return struct({
    1: text(table.name),
    2: text(table.database),
    3: text(user),
    4: i32(nowSeconds),
    5: i32(nowSeconds),
    6: i32(0),
    7: storage,
    8: listOf(THRIFT.struct, []),
    9: mapOfText({ EXTERNAL: 'TRUE', ...table.parameters }),
    12: text('EXTERNAL_TABLE'),
    17: text('hive'),
  })
}

const columnsField = (columns: readonly MetastoreColumn[]): ThriftField =>
  listOf(
    THRIFT.struct,
    columns.map(({ name, type }) => structOf({ 1: text(name), 2: text(type) })),
  )

function withChange(raw: ThriftStruct, { parameters, columns }: MetastoreChange): ThriftStruct {
  const storage = new Map(raw.get(7)?.value as ThriftStruct).set(1, columnsField(columns))
  return new Map(raw).set(7, { type: THRIFT.struct, value: storage }).set(9, mapOfText(parameters))
}
