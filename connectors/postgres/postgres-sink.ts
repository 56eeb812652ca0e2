import { setImmediate } from 'node:timers/promises'
import { type JsonCodec, jsonCodec, loadAvroSchemas } from '../../schemas/index.ts'
import { defineSink, type InputRecord, type Sink } from '../../streams/index.ts'
import { OutageError } from '../outage.ts'
import { type Database, isOutage, retryOutages } from './database.ts'
import { type Json, READ_MODEL_TABLES, type ReadModelTable, TOPIC_SCHEMAS } from './read-model-tables.ts'
import { distinctRows, rowsToJson, upsertSql } from './upsert-sql.ts'

export interface PostgresPorts {
  readonly database: Database
}

interface Target extends ReadModelTable {
  readonly sql: string
}
interface TopicWriter {
  readonly codec: JsonCodec
  readonly targets: readonly Target[]
}

/** Of a statement: the server is at these while the next are made. */
const ROWS_MAX = 500
/** A blink is waited out here; for longer the engine waits, and shows it. */
const OUTAGE = { attemptsMax: 3, backoffMs: 100 }
/** Statuses after which an order holds nothing any more. */
const TERMINAL = ['filled', 'canceled', 'expired', 'rejected', 'replaced', 'done_for_day', 'stopped', 'calculated']

/**
 * Keeps the read model. A batch is one transaction; a repeated or late record changes nothing, so at-least-once delivery
 * leaves exactly one row a fact. Throws OutageError where PostgreSQL is away, and plainly where a topic has no table.
 */
export const postgresSink = defineSink({
  type: 'postgres',
  summary: 'Rows in PostgreSQL for the APIs: one a fact, the newest state of orders, positions and accounts.',
  records: { reads: Object.entries(TOPIC_SCHEMAS).map(([topic, schema]) => ({ topic, schema })) },
  fields: {},
  create: (_config, ports: PostgresPorts): Sink => {
    const writers = topicWriters()
    return {
      async write(records) {
        try {
          await retryOutages(() => writeBatch(ports.database, writers, records), OUTAGE)
        } catch (error) {
          throw isOutage(error) ? new OutageError('PostgreSQL', error) : error
        }
      },
    }
  },
})

function topicWriters(): ReadonlyMap<string, TopicWriter> {
  const schemas = loadAvroSchemas()
  return new Map(
    Object.entries(READ_MODEL_TABLES).map(([topic, tables]) => {
      const schema = schemas.get(TOPIC_SCHEMAS[topic] ?? '')
      if (!schema) throw new Error(`topic ${topic} has no schema in schemas/avro`)
      return [topic, { codec: jsonCodec(schema), targets: tables.map((t) => ({ ...t, sql: upsertSql(t) })) }]
    }),
  )
}

async function writeBatch(
  database: Database,
  writers: ReadonlyMap<string, TopicWriter>,
  records: readonly InputRecord[],
): Promise<void> {
  const byTopic = [...Map.groupBy(records, (record) => record.topic)].sort(([a], [b]) => (a < b ? -1 : 1))
  await database.transaction(async (tx) => {
    await pipeline(upsertsOf(byTopic, writers), (one) => tx.query(one.sql, [one.rows], one.name))
    for (const [topic, inTopic] of byTopic) {
      if (topic === 'positions') await removeTombstoned(tx, inTopic)
    }
    if (byTopic.some(([topic]) => topic === 'orders' || topic === 'executions')) await releaseReservations(tx, records)
  })
}

/** One after another, the next made while one runs. */
async function pipeline<T>(made: Iterable<T>, run: (one: T) => Promise<unknown>): Promise<void> {
  let running: Promise<unknown> = Promise.resolve()
  for (const one of made) {
    await running
    running = run(one)
    // Whatever it throws is thrown above or below; until then nobody is waiting for it.
    running.catch(() => {})
    // Its bytes are on their way before this thread is busy again.
    await setImmediate()
  }
  await running
}

interface Upsert {
  readonly sql: string
  readonly name: string
  readonly rows: string
}

function* upsertsOf(
  byTopic: readonly (readonly [topic: string, records: readonly InputRecord[]])[],
  writers: ReadonlyMap<string, TopicWriter>,
): Generator<Upsert> {
  for (const [topic, records] of byTopic) {
    const writer = writers.get(topic)
    if (!writer) throw new TypeError(`the sink postgres has no table for topic ${topic}: take it out of its from`)
    const values = records.flatMap((record) => toJson(writer.codec, record))
    for (const target of writer.targets) {
      const rows = rowsOf(topic, target, values)
      for (let at = 0; at < rows.length; at += ROWS_MAX)
        yield { sql: target.sql, name: `upsert_${target.table}`, rows: rowsToJson(rows.slice(at, at + ROWS_MAX)) }
    }
  }
}

function toJson(codec: JsonCodec, record: InputRecord): Json[] {
  if (record.value === undefined) return []
  const where = { _topic: record.topic, _partition: record.partition, _offset: record.offset.toString() }
  return [{ ...(codec.toJson(record.value) as Json), ...where }]
}

function rowsOf(topic: string, target: Target, values: readonly Json[]): readonly Json[] {
  const names = [...Object.keys(target.columns), '_topic', '_partition', '_offset']
  const rows = values.flatMap((value) => {
    const row = target.row ? target.row(withoutWhere(value)) : value
    if (row === undefined) return []
    const complete = { ...row, _topic: topic, _partition: value['_partition'], _offset: value['_offset'] } as Json
    return [Object.fromEntries(names.map((name) => [name, complete[name]]))]
  })
  return distinctRows(target, rows)
}

function withoutWhere(value: Json): Json {
  const { _topic, _partition, _offset, ...record } = value
  return record
}

async function removeTombstoned(tx: Database, records: readonly InputRecord[]): Promise<void> {
  for (const { key, value, partition, offset } of records) {
    if (value !== undefined || key === undefined) continue
    await tx.query(
      `delete from positions where account_id || '|' || symbol = $1 and _partition = $2 and _offset < $3::bigint`,
      [key, partition, offset.toString()],
    )
  }
}

/** An approved intent holds its share of the limits until its order is final; whichever of the two comes last releases it. */
async function releaseReservations(tx: Database, records: readonly InputRecord[]): Promise<void> {
  const ids = records.flatMap(({ topic, value }) =>
    topic === 'orders' || topic === 'executions' ? [(value as { client_order_id: string }).client_order_id] : [],
  )
  await tx.query(
    `update risk_reservations as r set released_at = s.transact_at
     from orders o join order_status s using (client_order_id)
     where o.client_order_id = any($1) and s.status = any($2) and r.intent_id = o.intent_id and r.released_at is null`,
    [[...new Set(ids)], TERMINAL],
    'release_reservations',
  )
}
