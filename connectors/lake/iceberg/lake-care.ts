import type { TableObjects } from '../../objects/table-objects.ts'
import { parseDataFileName } from './data-file-name.ts'
import { loadTable, type TableName, type TablePorts, type TableVersion } from './iceberg-table.ts'
import { type ListedFile, readManifest, readManifestList } from './manifest.ts'
import { type Snapshot, snapshotOf } from './table-metadata.ts'
import { eventTimesOf, type Offsets, offsetsOf } from './table-offsets.ts'

/** What a table holds, as its metadata tells. */
export interface TableStatus {
  readonly table: string
  readonly topic: string
  readonly rows: bigint
  readonly files: bigint
  readonly bytes: bigint
  readonly snapshots: number
  /** Undefined before the first commit. */
  readonly committedAtMs: number | undefined
  readonly offsets: Offsets
  /** Time of the newest record of each partition. */
  readonly eventTimes: Offsets
}

/** Undefined where there is no such table. */
export async function tableStatus(ports: TablePorts, name: TableName, topic: string): Promise<TableStatus | undefined> {
  const version = await loadTable(ports, name)
  if (version === undefined) return undefined
  const { metadata } = version
  const current = snapshotOf(metadata, metadata['current-snapshot-id'])
  const total = (key: string): bigint => BigInt(current?.summary[`total-${key}`] ?? '0')
  return {
    table: name.name,
    topic,
    rows: total('records'),
    files: total('data-files'),
    bytes: total('files-size'),
    snapshots: metadata.snapshots?.length ?? 0,
    committedAtMs: current?.['timestamp-ms'],
    offsets: offsetsOf(metadata, topic),
    eventTimes: eventTimesOf(metadata, topic),
  }
}

export interface StoreCheck {
  /** Files that the table reads and the store does not have, or has with other lengths. */
  readonly missing: readonly string[]
  /** Files that writers left behind and nobody can commit any more: the table has all their records. */
  readonly removable: readonly string[]
  /** Files that are in no table yet: of a commit under way, or to be adopted. */
  readonly staged: readonly string[]
}

/**
 * Compares the store with what the table's snapshots name. A file may be removed once the table holds every record that its
 * name claims and no snapshot needs it: offsets only grow, and each commit checks them against the version that it replaces,
 * so no writer, however late, can still commit that file.
 */
export async function checkStore(ports: TablePorts, version: TableVersion, topic: string): Promise<StoreCheck> {
  const { objects } = ports
  const { metadata } = version
  // Listed first: what is put meanwhile is in neither.
  const stored = new Map((await objects.list(`${metadata.location}/data/`)).map((one) => [plain(one.uri), one]))
  const current = snapshotOf(metadata, metadata['current-snapshot-id'])
  const needed = current === undefined ? [] : await filesOf(objects, [current])
  const named = new Set((await filesOf(objects, metadata.snapshots ?? [])).map((file) => plain(file.path)))
  const missing = needed.filter((file) => stored.get(plain(file.path))?.bytes !== file.bytes).map((file) => file.path)
  const unnamed = [...stored.values()].map((one) => one.uri).filter((uri) => !named.has(plain(uri)))
  const has = offsetsOf(metadata, topic)
  const ours = unnamed.filter((uri) => parseDataFileName(uri)?.topic === topic)
  const isCovered = (uri: string): boolean =>
    parseDataFileName(uri)?.spans.every((span) => span.last < (has.get(span.partition) ?? 0n)) === true
  return { missing, removable: ours.filter(isCovered), staged: ours.filter((uri) => !isCovered(uri)) }
}

/** Removes what `checkStore` says may go; resolves to how many that was. */
export async function removeLeftovers(ports: TablePorts, name: TableName, topic: string): Promise<number> {
  const version = await loadTable(ports, name)
  if (version === undefined) return 0
  const { removable } = await checkStore(ports, version, topic)
  await ports.objects.remove(removable)
  return removable.length
}

async function filesOf(objects: TableObjects, snapshots: readonly Snapshot[]): Promise<readonly ListedFile[]> {
  const manifests = new Set<string>()
  for (const snapshot of snapshots)
    for (const entry of readManifestList(await objects.get(snapshot['manifest-list'])))
      manifests.add(entry.manifest_path)
  const files: ListedFile[] = []
  for (const path of manifests) files.push(...readManifest(await objects.get(path)))
  return files
}

/** Trino names the same place by `s3://`, `s3a://` or `s3n://`. */
const plain = (uri: string): string => uri.replace(/^s3[an]?:/, 's3:')
