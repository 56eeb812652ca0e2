import type { Clock } from '../../../streams/index.ts'
import type { TableObjects } from '../../objects/table-objects.ts'
import { parseJson, stringifyJson } from '../lossless-json.ts'
import type { Metastore, MetastoreColumn, MetastoreTable } from '../metastore/open-metastore.ts'
import { UnknownOutcomeError } from '../metastore/open-metastore.ts'
import {
  type DataFile,
  type ManifestEntry,
  manifestEntry,
  readManifestList,
  writeManifest,
  writeManifestList,
} from './manifest.ts'
import {
  ancestry,
  currentSchema,
  currentSpec,
  newTableMetadata,
  nextMetadataName,
  replacing,
  type Snapshot,
  snapshotOf,
  type TableMetadata,
  withSchema,
  withSnapshot,
} from './table-metadata.ts'
import { EVENT_TIME, hiveTypeOf, type IcebergStruct } from './table-schema.ts'

/** What a table is committed with. */
export interface TablePorts {
  readonly objects: TableObjects
  readonly metastore: Metastore
  readonly clock: Clock
  readonly random: TableRandom
}
export interface TableRandom {
  /** A version 4 UUID. */
  uuid(): string
  bytes(count: number): Uint8Array
}

export interface TableName {
  readonly database: string
  readonly name: string
}

/** A version of a table: the one that the metastore pointed to when it was read. */
export interface TableVersion {
  readonly name: TableName
  /** Where its metadata lies: what a swap expects to find. */
  readonly at: string
  readonly metadata: TableMetadata
  readonly entry: MetastoreTable
}

/** What is put on top of a version, in one swap. */
export interface Append {
  readonly files: readonly DataFile[]
  /** Of the snapshot. */
  readonly summary: Readonly<Record<string, string>>
  /** Of the table, added to those it has. */
  readonly properties: Readonly<Record<string, string>>
}

export interface CommitOutcome {
  readonly version: TableVersion
  /** How often another writer was first. */
  readonly conflicts: number
}

const COMMIT_ID = 'stonks.commit-id'
const CONFLICTS_MAX = 50

/** Undefined where the metastore knows no such table. Throws TypeError where it is no Iceberg table of format v2. */
export async function loadTable(ports: TablePorts, name: TableName): Promise<TableVersion | undefined> {
  const entry = await ports.metastore.table(name.database, name.name)
  if (entry === undefined) return undefined
  const at = entry.parameters['metadata_location']
  if (at === undefined) throw new TypeError(`${name.database}.${name.name} is no Iceberg table`)
  const text = Buffer.from(await ports.objects.get(at)).toString('utf8')
  const metadata = parseJson(text) as unknown as TableMetadata
  if (metadata['format-version'] !== 2)
    throw new TypeError(`${name.database}.${name.name} is of format v${metadata['format-version']}; v2 is written here`)
  return { name, at, metadata, entry }
}

export interface TablePlan {
  readonly location: string
  readonly schema: IcebergStruct
  readonly lastColumnId: number
  readonly sortBy: readonly string[]
}

/** Creates a table; false where another process was first. */
export async function createTable(ports: TablePorts, name: TableName, plan: TablePlan): Promise<boolean> {
  const { objects, metastore, clock, random } = ports
  const metadata = newTableMetadata({ ...plan, uuid: random.uuid(), partitionBy: EVENT_TIME, nowMs: clock.now() })
  const at = `${plan.location}/metadata/${nextMetadataName(undefined, random.uuid())}`
  await objects.create(at, Buffer.from(stringifyJson(metadata)))
  const made = await metastore.create({
    ...name,
    location: plan.location,
    columns: columnsOf(plan.schema),
    parameters: { table_type: 'ICEBERG', metadata_location: at },
  })
  if (!made) await objects.remove([at])
  return made
}

/** Gives a version another schema, in one swap. Undefined where another writer was first. */
export async function commitSchema(
  ports: TablePorts,
  base: TableVersion,
  evolved: { readonly schema: IcebergStruct; readonly lastColumnId: number },
): Promise<TableVersion | undefined> {
  const commitId = ports.random.uuid()
  const next = withSchema(withCommitId(base.metadata, commitId), evolved.schema, evolved.lastColumnId)
  return swapTo(ports, base, next, commitId, [])
}

/**
 * Puts what `plan` wants on top of the newest version, again for as long as other writers are first: the plan is made anew
 * of what they left, and at once where it says `again`. An answer that was lost is settled by looking whether the commit is
 * there. Undefined where `plan` finds nothing left to do.
 */
export async function commitAppend(
  ports: TablePorts,
  name: TableName,
  plan: (base: TableVersion) => Promise<Append | 'again' | undefined>,
): Promise<CommitOutcome | undefined> {
  for (let conflicts = 0; conflicts <= CONFLICTS_MAX; conflicts++) {
    const base = await loadTable(ports, name)
    if (base === undefined) throw new Error(`${name.database}.${name.name} is gone from the metastore`)
    const append = await plan(base)
    if (append === undefined) return undefined
    if (append === 'again') continue
    const version = await tryAppend(ports, base, append)
    if (version !== undefined) return { version, conflicts }
  }
  throw new UnknownOutcomeError(`${name.database}.${name.name}: other writers were first ${CONFLICTS_MAX} times`)
}

async function tryAppend(ports: TablePorts, base: TableVersion, append: Append): Promise<TableVersion | undefined> {
  const { objects, clock, random } = ports
  const { metadata } = base
  const commitId = random.uuid()
  const snapshotId = Buffer.from(random.bytes(8)).readBigInt64BE() & 0x7fffffffffffffffn
  const sequenceNumber = BigInt(metadata['last-sequence-number']) + 1n
  const parent = snapshotOf(metadata, metadata['current-snapshot-id'])
  const spec = currentSpec(metadata)
  const manifestAt = `${metadata.location}/metadata/${commitId}-m0.avro`
  const listAt = `${metadata.location}/metadata/snap-${snapshotId}-1-${commitId}.avro`
  const manifest = writeManifest(append.files, {
    schema: currentSchema(metadata),
    spec,
    snapshotId,
    sync: random.bytes(16),
  })
  const added = { path: manifestAt, bytes: manifest.length, spec, sequenceNumber, snapshotId, files: append.files }
  const [before] = await Promise.all([manifestsOf(objects, parent), objects.create(manifestAt, manifest)])
  const list = writeManifestList([manifestEntry(added), ...before], {
    snapshotId,
    parentId: parent === undefined ? undefined : BigInt(parent['snapshot-id']),
    sequenceNumber,
    sync: random.bytes(16),
  })
  await objects.create(listAt, list)
  const nowMs = Math.max(clock.now(), metadata['last-updated-ms'] + 1)
  const next = withSnapshot(
    { ...metadata, properties: { ...metadata.properties, ...append.properties } },
    {
      'snapshot-id': snapshotId,
      ...(parent === undefined ? {} : { 'parent-snapshot-id': parent['snapshot-id'] }),
      'sequence-number': sequenceNumber,
      'timestamp-ms': nowMs,
      'manifest-list': listAt,
      summary: { ...summaryOf(append, parent), [COMMIT_ID]: commitId },
      'schema-id': metadata['current-schema-id'],
    },
  )
  return swapTo(ports, base, withCommitId(next, commitId), commitId, [manifestAt, listAt])
}

const manifestsOf = async (objects: TableObjects, snapshot: Snapshot | undefined): Promise<readonly ManifestEntry[]> =>
  snapshot === undefined ? [] : readManifestList(await objects.get(snapshot['manifest-list']))

const withCommitId = (metadata: TableMetadata, commitId: string): TableMetadata => ({
  ...metadata,
  properties: { ...metadata.properties, [COMMIT_ID]: commitId },
})

/** Counts that readers and maintenance go by. */
function summaryOf({ files, summary }: Append, parent: Snapshot | undefined): Readonly<Record<string, string>> {
  const sum = (of: (file: DataFile) => bigint): bigint => files.reduce((total, file) => total + of(file), 0n)
  const [count, records, bytes] = [BigInt(files.length), sum((f) => f.records), sum((f) => f.bytes)]
  const total = (name: string, more: bigint): string => String(BigInt(parent?.summary[name] ?? '0') + more)
  return {
    operation: 'append',
    ...summary,
    'added-data-files': String(count),
    'added-records': String(records),
    'added-files-size': String(bytes),
    'changed-partition-count': String(new Set(files.map((file) => file.day)).size),
    'total-data-files': total('total-data-files', count),
    'total-records': total('total-records', records),
    'total-files-size': total('total-files-size', bytes),
    'total-delete-files': total('total-delete-files', 0n),
    'total-position-deletes': total('total-position-deletes', 0n),
    'total-equality-deletes': total('total-equality-deletes', 0n),
  }
}

/** Writes the next version and points the metastore to it, under the table's lock; undefined where another was first. */
async function swapTo(
  ports: TablePorts,
  base: TableVersion,
  changed: TableMetadata,
  commitId: string,
  written: readonly string[],
): Promise<TableVersion | undefined> {
  const { objects, metastore, clock, random } = ports
  const { database, name } = base.name
  const replaced = { at: base.at, updatedMs: base.metadata['last-updated-ms'] }
  const { metadata, dropped } = replacing(changed, replaced, clock.now())
  const at = `${metadata.location}/metadata/${nextMetadataName(base.at, random.uuid())}`
  await objects.create(at, Buffer.from(stringifyJson(metadata)))
  let swapped: boolean
  try {
    swapped = await metastore.withLock(database, name, async () => {
      const live = await metastore.table(database, name)
      if (live?.parameters['metadata_location'] !== base.at) return false
      return await metastore.swap(live, base.at, {
        parameters: { ...live.parameters, metadata_location: at, previous_metadata_location: base.at },
        columns: columnsOf(currentSchema(metadata)),
      })
    })
  } catch (error) {
    if (!(error instanceof UnknownOutcomeError)) throw error
    return settled(ports, base, commitId, error)
  }
  if (!swapped) {
    await objects.remove([...written, at])
    return undefined
  }
  // Nobody needs them to read the table; where this fails they are orphans like others.
  await objects.remove(dropped).catch(() => {})
  return { ...base, at, metadata }
}

/** Whether the commit took effect: it did where the table, or what others put on top of it, has it. */
async function settled(
  ports: TablePorts,
  base: TableVersion,
  commitId: string,
  lost: UnknownOutcomeError,
): Promise<TableVersion | undefined> {
  // Who still works on the swap holds the lock: once it is ours, whatever was to happen has happened.
  const now = await ports.metastore.withLock(base.name.database, base.name.name, () => loadTable(ports, base.name))
  if (now === undefined) throw lost
  const took =
    now.metadata.properties?.[COMMIT_ID] === commitId ||
    [...ancestry(now.metadata)].some((snapshot) => snapshot.summary[COMMIT_ID] === commitId)
  return took ? now : undefined
}

const columnsOf = (schema: IcebergStruct): readonly MetastoreColumn[] =>
  schema.fields.map((field) => ({ name: field.name, type: hiveTypeOf(field.type) }))
