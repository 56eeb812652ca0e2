import type { IcebergSchema, IcebergStruct } from './table-schema.ts'

/** Table metadata of format v2, https://iceberg.apache.org/spec/#table-metadata-fields; what is not named here stays. */
export interface TableMetadata {
  readonly 'format-version': number
  readonly 'table-uuid': string
  readonly location: string
  readonly 'last-sequence-number': number | bigint
  readonly 'last-updated-ms': number
  readonly 'last-column-id': number
  readonly 'current-schema-id': number
  readonly schemas: readonly IcebergSchema[]
  readonly 'default-spec-id': number
  readonly 'partition-specs': readonly PartitionSpec[]
  readonly 'last-partition-id': number
  readonly properties?: Readonly<Record<string, string>>
  readonly 'current-snapshot-id'?: number | bigint | null
  readonly snapshots?: readonly Snapshot[]
  readonly 'snapshot-log'?: readonly { readonly 'timestamp-ms': number; readonly 'snapshot-id': number | bigint }[]
  readonly 'metadata-log'?: readonly MetadataLogEntry[]
  readonly 'sort-orders': readonly SortOrder[]
  readonly 'default-sort-order-id': number
  readonly refs?: Readonly<Record<string, { readonly 'snapshot-id': number | bigint; readonly type: string }>>
  readonly [other: string]: unknown
}
export interface PartitionSpec {
  readonly 'spec-id': number
  readonly fields: readonly PartitionField[]
}
export interface PartitionField {
  readonly name: string
  readonly transform: string
  readonly 'source-id': number
  readonly 'field-id': number
}
export interface SortOrder {
  readonly 'order-id': number
  readonly fields: readonly {
    readonly transform: string
    readonly 'source-id': number
    readonly direction: string
    readonly 'null-order': string
  }[]
}
export interface Snapshot {
  readonly 'snapshot-id': number | bigint
  readonly 'parent-snapshot-id'?: number | bigint
  readonly 'sequence-number': number | bigint
  readonly 'timestamp-ms': number
  readonly 'manifest-list': string
  readonly summary: Readonly<Record<string, string>>
  readonly 'schema-id'?: number
  readonly [other: string]: unknown
}
export interface MetadataLogEntry {
  readonly 'timestamp-ms': number
  readonly 'metadata-file': string
}

/** How many earlier metadata files a table keeps. */
const VERSIONS_MAX = 100
const FIRST_PARTITION_ID = 1000

export interface NewTable {
  readonly uuid: string
  readonly location: string
  readonly schema: IcebergStruct
  readonly lastColumnId: number
  /** The column that partitions are by, its UTC day. */
  readonly partitionBy: string
  /** Columns that rows of a file are sorted by, those of them that there are. */
  readonly sortBy: readonly string[]
  readonly nowMs: number
}

export function newTableMetadata(table: NewTable): TableMetadata {
  const { schema, partitionBy, sortBy, nowMs } = table
  const idOf = (name: string): number | undefined => schema.fields.find((field) => field.name === name)?.id
  const sorted = sortBy.flatMap((name) => idOf(name) ?? [])
  return {
    'format-version': 2,
    'table-uuid': table.uuid,
    location: table.location,
    'last-sequence-number': 0,
    'last-updated-ms': nowMs,
    'last-column-id': table.lastColumnId,
    'current-schema-id': 0,
    schemas: [{ ...schema, 'schema-id': 0 }],
    'default-spec-id': 0,
    'partition-specs': [
      {
        'spec-id': 0,
        fields: [
          {
            name: `${partitionBy}_day`,
            transform: 'day',
            'source-id': idOf(partitionBy) as number,
            'field-id': FIRST_PARTITION_ID,
          },
        ],
      },
    ],
    'last-partition-id': FIRST_PARTITION_ID,
    'sort-orders': [
      {
        'order-id': 1,
        fields: sorted.map((id) => ({
          transform: 'identity',
          'source-id': id,
          direction: 'asc',
          'null-order': 'nulls-first',
        })),
      },
    ],
    'default-sort-order-id': 1,
    properties: {
      'write.format.default': 'PARQUET',
      'write.parquet.compression-codec': 'zstd',
      'write.metadata.previous-versions-max': String(VERSIONS_MAX),
      'write.metadata.delete-after-commit.enabled': 'true',
      'commit.retry.num-retries': '20',
    },
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}

export const currentSchema = (metadata: TableMetadata): IcebergSchema => {
  const found = metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id'])
  if (found === undefined) throw new TypeError(`table metadata at ${metadata.location} lacks its current schema`)
  return found
}
export const currentSpec = (metadata: TableMetadata): PartitionSpec => {
  const found = metadata['partition-specs'].find((spec) => spec['spec-id'] === metadata['default-spec-id'])
  if (found === undefined) throw new TypeError(`table metadata at ${metadata.location} lacks its partition spec`)
  return found
}
export const snapshotOf = (metadata: TableMetadata, id: number | bigint | null | undefined): Snapshot | undefined =>
  id === null || id === undefined
    ? undefined
    : metadata.snapshots?.find((snapshot) => BigInt(snapshot['snapshot-id']) === BigInt(id))

/** The current snapshot, the one before it, and so on, as far as the table still knows them. */
export function* ancestry(metadata: TableMetadata): Generator<Snapshot> {
  let at = snapshotOf(metadata, metadata['current-snapshot-id'])
  for (; at !== undefined; at = snapshotOf(metadata, at['parent-snapshot-id'])) yield at
}

/** The next version with another schema, under an id of its own. */
export function withSchema(metadata: TableMetadata, schema: IcebergStruct, lastColumnId: number): TableMetadata {
  const id = Math.max(...metadata.schemas.map((one) => one['schema-id'])) + 1
  return {
    ...metadata,
    schemas: [...metadata.schemas, { ...schema, 'schema-id': id }],
    'current-schema-id': id,
    'last-column-id': Math.max(lastColumnId, metadata['last-column-id']),
  }
}

/** The next version with a snapshot on top of the current one. */
export function withSnapshot(metadata: TableMetadata, snapshot: Snapshot): TableMetadata {
  const id = snapshot['snapshot-id']
  return {
    ...metadata,
    'last-sequence-number': snapshot['sequence-number'],
    'current-snapshot-id': id,
    snapshots: [...(metadata.snapshots ?? []), snapshot],
    'snapshot-log': [
      ...(metadata['snapshot-log'] ?? []),
      { 'timestamp-ms': snapshot['timestamp-ms'], 'snapshot-id': id },
    ],
    refs: { ...metadata.refs, main: { ...metadata.refs?.['main'], 'snapshot-id': id, type: 'branch' } },
  }
}

/** Remembers the version that this one replaces; `dropped` are files of versions that are remembered no longer. */
export function replacing(
  metadata: TableMetadata,
  replaced: { readonly at: string; readonly updatedMs: number },
  nowMs: number,
): { readonly metadata: TableMetadata; readonly dropped: readonly string[] } {
  const log = [
    ...(metadata['metadata-log'] ?? []),
    { 'timestamp-ms': replaced.updatedMs, 'metadata-file': replaced.at },
  ]
  return {
    metadata: {
      ...metadata,
      'last-updated-ms': Math.max(nowMs, replaced.updatedMs + 1),
      'metadata-log': log.slice(-VERSIONS_MAX),
    },
    dropped: log.slice(0, -VERSIONS_MAX).map((entry) => entry['metadata-file']),
  }
}

/** `00007-<uuid>.metadata.json`: versions are numbered so that whoever looks at the folder sees their order. */
export function nextMetadataName(current: string | undefined, uuid: string): string {
  const version = current === undefined ? 0 : Number(/\/(\d+)-[^/]*$/.exec(current)?.[1] ?? -1) + 1
  return `${String(version).padStart(5, '0')}-${uuid}.metadata.json`
}
