import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** SQL on a connection of a pool. Numerics and bigints stay text, timestamps are Dates, json is parsed. */
export interface Database {
  /** `$1` placeholders. A `name` keeps the plan prepared on its connection. */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly unknown[], name?: string): Promise<Row[]>
  /** Commits when `work` resolves, rolls back when it throws. One connection; do not nest. */
  transaction<T>(work: (database: Database) => Promise<T>): Promise<T>
}

export interface Postgres extends Database {
  close(): Promise<void>
}

export interface PostgresOptions {
  readonly url: string
  readonly connectionsMax?: number
  /** How long a statement may take on the server, default 30 s. */
  readonly statementTimeoutMs?: number
  /** An idle connection broke; the pool replaces it. */
  readonly onConnectionLost?: (error: Error) => void
}

/** A pool; connects on first use, so an unreachable server shows in the first query. */
export function openPostgres(options: PostgresOptions): Postgres {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connectionsMax ?? 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    keepAlive: true,
    application_name: 'stonks',
  })
  pool.on('error', (error) => options.onConnectionLost?.(error))
  return {
    query: (sql, params, name) => run(pool, sql, params, name),
    async transaction(work) {
      const client = await pool.connect()
      let broken: Error | undefined
      const lost = (error: Error): void => {
        broken = error
      }
      client.on('error', lost)
      try {
        await client.query('begin')
        const result = await work(within(client))
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback').catch((failed: Error) => {
          broken = failed
        })
        throw error
      } finally {
        client.off('error', lost)
        client.release(broken)
      }
    },
    close: () => pool.end(),
  }
}

function within(client: pg.PoolClient): Database {
  return {
    query: (sql, params, name) => run(client, sql, params, name),
    transaction() {
      throw new Error('a transaction is open on this connection; give its work to that one')
    },
  }
}

async function run<Row>(
  on: pg.Pool | pg.PoolClient,
  text: string,
  params: readonly unknown[] | undefined,
  name: string | undefined,
): Promise<Row[]> {
  const result = await on.query({ text, values: [...(params ?? [])], ...(name === undefined ? {} : { name }) })
  return result.rows as Row[]
}

/** Connection lost, server starting or stopping, serialization failure, deadlock: the same work may succeed next time. */
const MAY_PASS = /^(08|40|57P|53)|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/

export function isOutage(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return (
    MAY_PASS.test(code ?? '') || /connection terminated|timeout exceeded when trying to connect/i.test(message ?? '')
  )
}

export interface RetryOptions {
  readonly attemptsMax: number
  readonly backoffMs: number
  readonly wait?: (ms: number) => Promise<unknown>
}

/** Repeats idempotent work over outages, doubling the wait; throws the last error when the attempts are used up. */
export async function retryOutages<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const wait = options.wait ?? sleep
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= options.attemptsMax || !isOutage(error)) throw error
      await wait(Math.min(options.backoffMs * 2 ** (attempt - 1), 5_000))
    }
  }
}
