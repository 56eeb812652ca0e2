import { mkdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Clock } from '../../clock.ts'
import { StreamsError } from '../../errors.ts'
import type { LogRecord, TopicPartition } from '../../record.ts'
import type { StoreBacking } from '../../state/backing.ts'
import type { AppendedPart, LogMedium, MediumChange } from '../local/medium.ts'
import type { CommittedOffset, TopicConfig } from '../port.ts'
import { decodeChunk, encodeChunks } from './chunk.ts'
import { chunkKey, endKey, offsetOfChunkKey } from './keys.ts'
import { LmdbBacking } from './lmdb-backing.ts'
import { lockFolder } from './lock.ts'
import { sweepPartition } from './sweep.ts'

/** With less room than this nothing is written: lmdb does not come through a write that was cut short unharmed. */
const FREE_BYTES_MIN = 16 * 1024 * 1024

/**
 * Of addresses, not of memory or disk, and it grows past that. lmdb keeps every smaller map it had as it grew, and pages
 * that were read through them count as memory once a map. Windows would make the file that large.
 */
const ADDRESS_SPACE = process.platform === 'win32' ? {} : { mapSize: 2 ** 34 }

interface KnownTopic {
  readonly id: number
  readonly config: TopicConfig
}

interface Databases {
  readonly records: Database<Buffer, Buffer>
  readonly ends: Database<Buffer, Buffer>
  readonly topics: Database<string, string>
  readonly offsets: Database<string, string>
  readonly stores: Database<string, Buffer>
}

export interface LmdbOptions {
  /** Created where missing. */
  readonly folder: string
  readonly clock: Clock
  /** Beside the process that writes, as of now: nothing is locked, and nothing may be written. */
  readonly readOnly?: boolean
  /** Room left on the disk of a folder; asked of the system unless given. */
  readonly freeBytes?: (folder: string) => number
}

/**
 * The embedded log's disk: one lmdb environment, so that records, offsets and stores of a commit are one transaction,
 * synced to disk before `write` returns.
 */
export class LmdbMedium implements LogMedium {
  readonly #root: RootDatabase
  readonly #dbs: Databases
  readonly #clock: Clock
  readonly #folder: string
  readonly #unlock: () => void
  readonly #readOnly: boolean
  readonly #freeBytes: (folder: string) => number
  readonly #known = new Map<string, KnownTopic>()

  /** Throws LOG_IN_USE where another process has the folder. */
  constructor(options: LmdbOptions) {
    this.#readOnly = options.readOnly ?? false
    if (!this.#readOnly) mkdirSync(options.folder, { recursive: true })
    this.#unlock = this.#readOnly ? () => {} : lockFolder(options.folder)
    this.#folder = options.folder
    this.#clock = options.clock
    this.#freeBytes = options.freeBytes ?? freeBytesOf
    const path = join(options.folder, 'log.mdb')
    this.#root = open({ path, maxDbs: 8, cache: false, readOnly: this.#readOnly, ...ADDRESS_SPACE })
    const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
    this.#dbs = {
      records: this.#root.openDB({ name: 'records', ...binary }),
      ends: this.#root.openDB({ name: 'ends', ...binary }),
      topics: this.#root.openDB({ name: 'topics', encoding: 'string' }),
      offsets: this.#root.openDB({ name: 'offsets', encoding: 'string' }),
      stores: this.#root.openDB({ name: 'stores', encoding: 'string', keyEncoding: 'binary' }),
    }
    for (const { value } of this.#dbs.topics.getRange()) {
      const known = JSON.parse(value) as KnownTopic
      this.#known.set(known.config.topic, known)
    }
  }

  topics(): readonly TopicConfig[] {
    return [...this.#known.values()].map((one) => one.config)
  }

  createTopics(topics: readonly TopicConfig[]): void {
    const known = topics.map((config, i) => ({ id: this.#known.size + i, config }))
    this.#transaction(() => {
      for (const one of known) this.#dbs.topics.putSync(one.config.topic, JSON.stringify(one))
    })
    for (const one of known) this.#known.set(one.config.topic, one)
  }

  bounds(at: TopicPartition): { start: number; end: number } {
    const { id } = this.#topic(at.topic)
    const end = Number(this.#dbs.ends.get(endKey(id, at.partition))?.readBigUInt64BE() ?? 0n)
    const [first] = this.#dbs.records.getKeys({
      start: chunkKey(id, at.partition, 0),
      end: endKey(id, at.partition + 1),
      limit: 1,
    })
    return { start: first === undefined ? end : offsetOfChunkKey(first), end }
  }

  read(at: TopicPartition, from: number, recordsMax: number): readonly LogRecord[] {
    const { id } = this.#topic(at.topic)
    const out: LogRecord[] = []
    const [before] = this.#dbs.records.getKeys({
      start: chunkKey(id, at.partition, from),
      end: endKey(id, at.partition),
      reverse: true,
      limit: 1,
    })
    const start = before ?? chunkKey(id, at.partition, from)
    for (const { key, value } of this.#dbs.records.getRange({ start, end: endKey(id, at.partition + 1) })) {
      decodeChunk(at, offsetOfChunkKey(key), value, from, recordsMax, out)
      if (out.length >= recordsMax) break
    }
    return out
  }

  write(change: MediumChange): void {
    const nowMs = this.#clock.now()
    this.#transaction(() => {
      for (const part of change.parts) this.#append(part, nowMs)
      for (const { groupId, at, committed } of change.offsets) {
        const stored = { offset: String(committed.offset), metadata: committed.metadata }
        this.#dbs.offsets.putSync(offsetKey(groupId, at), JSON.stringify(stored))
      }
      for (const { storeId, entries } of change.stores) new LmdbBacking(this.#dbs.stores, storeId).write(entries)
    })
  }

  committed(groupId: string, at: TopicPartition): CommittedOffset | undefined {
    const text = this.#dbs.offsets.get(offsetKey(groupId, at))
    if (text === undefined) return undefined
    const stored = JSON.parse(text) as { offset: string; metadata: string }
    return { offset: BigInt(stored.offset), metadata: stored.metadata }
  }

  backing(storeId: string): StoreBacking {
    return new LmdbBacking(this.#dbs.stores, storeId)
  }

  /** Drops what is past its retention, and of compacted topics what a later record of the same key replaced. */
  sweep(): void {
    for (const { id, config } of this.#known.values()) {
      for (let partition = 0; partition < config.partitions; partition++) {
        this.#transaction(() => sweepPartition(this.#dbs.records, id, partition, config, this.#clock.now()))
      }
    }
  }

  async close(): Promise<void> {
    await this.#root.close()
    this.#unlock()
  }

  #append(part: AppendedPart, nowMs: number): void {
    const { id } = this.#topic(part.at.topic)
    for (const chunk of encodeChunks(part.offsets, part.records, nowMs)) {
      this.#dbs.records.putSync(chunkKey(id, part.at.partition, chunk.firstOffset), chunk.bytes as Buffer)
    }
    const end = Buffer.allocUnsafe(8)
    const written = this.#dbs.ends.get(endKey(id, part.at.partition))?.readBigUInt64BE() ?? 0n
    const next = BigInt((part.offsets.at(-1) ?? -1) + 1)
    end.writeBigUInt64BE(next > written ? next : written)
    this.#dbs.ends.putSync(endKey(id, part.at.partition), end)
  }

  #topic(topic: string): KnownTopic {
    const known = this.#known.get(topic)
    if (known === undefined) throw new StreamsError('TOPIC_MISSING', `the log has no topic ${topic}`, { topic })
    return known
  }

  #transaction(work: () => void): void {
    if (this.#readOnly) throw new StreamsError('INVALID_STATE', `the log in ${this.#folder} is open for reading only`)
    if (this.#isFull()) throw this.#full(undefined)
    try {
      this.#root.transactionSync(work)
    } catch (error) {
      // lmdb tells a write cut short as an input/output error; how much room is left tells what it was.
      if (error instanceof StreamsError || !(isOfSpace(error) || this.#isFull())) throw error
      throw this.#full(error)
    }
  }

  #isFull(): boolean {
    return this.#freeBytes(this.#folder) < FREE_BYTES_MIN
  }

  #full(cause: unknown): StreamsError {
    const message = `no space left for the log in ${this.#folder}; nothing of the last commit was written. Free some and start again`
    return new StreamsError('DISK_FULL', message, { folder: this.#folder }, cause)
  }
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

function isOfSpace(error: unknown): boolean {
  const text = error instanceof Error ? `${error.message} ${'code' in error ? String(error.code) : ''}` : ''
  return /MDB_MAP_FULL|ENOSPC|EDQUOT|No space left/.test(text)
}

const offsetKey = (groupId: string, at: TopicPartition): string => `${groupId}\t${at.topic}\t${at.partition}`
