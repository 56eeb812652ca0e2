import { stringifyJson } from '../lossless-json.ts'
import { readAvroFile, writeAvroFile } from './avro-file.ts'
import type { AvroSchema, AvroValue } from './avro-types.ts'
import type { PartitionSpec } from './table-metadata.ts'
import type { IcebergSchema } from './table-schema.ts'

/** A Parquet file as its manifest tells of it. Numbers and bounds are by field id. */
export interface DataFile {
  readonly path: string
  readonly records: bigint
  readonly bytes: bigint
  /** The day of the partition, days since 1970. */
  readonly day: number
  readonly columnSizes: ReadonlyMap<number, bigint>
  readonly valueCounts: ReadonlyMap<number, bigint>
  readonly nullCounts: ReadonlyMap<number, bigint>
  readonly nanCounts: ReadonlyMap<number, bigint>
  readonly lowerBounds: ReadonlyMap<number, Uint8Array>
  readonly upperBounds: ReadonlyMap<number, Uint8Array>
  readonly sortOrderId: number
}

type Row = { readonly [name: string]: AvroValue }

const field = (id: number, name: string, type: AvroSchema): Record<string, unknown> => ({ name, type, 'field-id': id })
const optional = (id: number, name: string, type: AvroSchema): Record<string, unknown> => ({
  name,
  type: ['null', type],
  default: null,
  'field-id': id,
})
/** A map of field ids: Avro has only maps of text, so Iceberg writes an array of pairs. */
const byField = (id: number, keyId: number, valueId: number, name: string, type: AvroSchema): Record<string, unknown> =>
  optional(id, name, {
    type: 'array',
    logicalType: 'map',
    items: {
      type: 'record',
      name: `k${keyId}_v${valueId}`,
      fields: [field(keyId, 'key', 'int'), field(valueId, 'value', type)],
    },
  })
const record = (name: string, fields: readonly Record<string, unknown>[]): AvroSchema => ({
  type: 'record',
  name,
  fields,
})

/** https://iceberg.apache.org/spec/#manifests */
const manifestSchema = (partition: readonly Record<string, unknown>[]): AvroSchema =>
  record('manifest_entry', [
    field(0, 'status', 'int'),
    optional(1, 'snapshot_id', 'long'),
    optional(3, 'sequence_number', 'long'),
    optional(4, 'file_sequence_number', 'long'),
    field(
      2,
      'data_file',
      record('r2', [
        field(134, 'content', 'int'),
        field(100, 'file_path', 'string'),
        field(101, 'file_format', 'string'),
        field(102, 'partition', record('r102', partition)),
        field(103, 'record_count', 'long'),
        field(104, 'file_size_in_bytes', 'long'),
        byField(108, 117, 118, 'column_sizes', 'long'),
        byField(109, 119, 120, 'value_counts', 'long'),
        byField(110, 121, 122, 'null_value_counts', 'long'),
        byField(137, 138, 139, 'nan_value_counts', 'long'),
        byField(125, 126, 127, 'lower_bounds', 'bytes'),
        byField(128, 129, 130, 'upper_bounds', 'bytes'),
        optional(132, 'split_offsets', { type: 'array', items: 'long', 'element-id': 133 }),
        optional(140, 'sort_order_id', 'int'),
      ]),
    ),
  ])

/** https://iceberg.apache.org/spec/#manifest-lists */
const LIST_SCHEMA = record('manifest_file', [
  field(500, 'manifest_path', 'string'),
  field(501, 'manifest_length', 'long'),
  field(502, 'partition_spec_id', 'int'),
  field(517, 'content', 'int'),
  field(515, 'sequence_number', 'long'),
  field(516, 'min_sequence_number', 'long'),
  field(503, 'added_snapshot_id', 'long'),
  field(504, 'added_files_count', 'int'),
  field(505, 'existing_files_count', 'int'),
  field(506, 'deleted_files_count', 'int'),
  field(512, 'added_rows_count', 'long'),
  field(513, 'existing_rows_count', 'long'),
  field(514, 'deleted_rows_count', 'long'),
  optional(507, 'partitions', {
    type: 'array',
    'element-id': 508,
    items: record('r508', [
      field(509, 'contains_null', 'boolean'),
      optional(518, 'contains_nan', 'boolean'),
      optional(510, 'lower_bound', 'bytes'),
      optional(511, 'upper_bound', 'bytes'),
    ]),
  }),
  optional(519, 'key_metadata', 'bytes'),
])

const ADDED = 1

export interface ManifestOptions {
  readonly schema: IcebergSchema
  /** One field, a day. */
  readonly spec: PartitionSpec
  readonly snapshotId: bigint
  readonly sync: Uint8Array
}

/** A manifest of files that a snapshot adds. They take the snapshot's sequence number, whichever it gets. */
export function writeManifest(files: readonly DataFile[], { schema, spec, snapshotId, sync }: ManifestOptions): Buffer {
  const [by] = spec.fields
  if (by === undefined || spec.fields.length > 1 || by.transform !== 'day')
    throw new TypeError(`the table is partitioned by ${JSON.stringify(spec.fields)}; the sink writes one field, a day`)
  const partition = [optional(by['field-id'], by.name, { type: 'int', logicalType: 'date' })]
  const metadata = {
    schema: stringifyJson(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': stringifyJson(spec.fields),
    'partition-spec-id': String(spec['spec-id']),
    'format-version': '2',
    content: 'data',
  }
  const entries = files.map(
    (file): Row => ({
      status: ADDED,
      snapshot_id: snapshotId,
      sequence_number: null,
      file_sequence_number: null,
      data_file: dataFileRow(file, by.name),
    }),
  )
  return writeAvroFile(manifestSchema(partition), metadata, entries, sync)
}

const pairs = (map: ReadonlyMap<number, AvroValue>): AvroValue => [...map].map(([key, value]) => ({ key, value }))

function dataFileRow(file: DataFile, partitionName: string): Row {
  return {
    content: 0,
    file_path: file.path,
    file_format: 'PARQUET',
    partition: { [partitionName]: file.day },
    record_count: file.records,
    file_size_in_bytes: file.bytes,
    column_sizes: pairs(file.columnSizes),
    value_counts: pairs(file.valueCounts),
    null_value_counts: pairs(file.nullCounts),
    nan_value_counts: pairs(file.nanCounts),
    lower_bounds: pairs(file.lowerBounds),
    upper_bounds: pairs(file.upperBounds),
    split_offsets: [4n],
    sort_order_id: file.sortOrderId,
  }
}

/** A manifest as the list of a snapshot names it; entries of other writers are passed on as they came. */
export interface ManifestEntry extends Row {
  readonly manifest_path: string
  readonly content: number
}

export interface AddedManifest {
  readonly path: string
  readonly bytes: number
  readonly spec: PartitionSpec
  readonly sequenceNumber: bigint
  readonly snapshotId: bigint
  readonly files: readonly DataFile[]
}

export function manifestEntry(added: AddedManifest): ManifestEntry {
  const days = added.files.map((file) => file.day)
  return {
    manifest_path: added.path,
    manifest_length: BigInt(added.bytes),
    partition_spec_id: added.spec['spec-id'],
    content: 0,
    sequence_number: added.sequenceNumber,
    min_sequence_number: added.sequenceNumber,
    added_snapshot_id: added.snapshotId,
    added_files_count: added.files.length,
    existing_files_count: 0,
    deleted_files_count: 0,
    added_rows_count: added.files.reduce((sum, file) => sum + file.records, 0n),
    existing_rows_count: 0n,
    deleted_rows_count: 0n,
    partitions: [
      {
        contains_null: false,
        contains_nan: false,
        lower_bound: int32Bytes(Math.min(...days)),
        upper_bound: int32Bytes(Math.max(...days)),
      },
    ],
    key_metadata: null,
  }
}

function int32Bytes(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

export interface ManifestListOptions {
  readonly snapshotId: bigint
  readonly parentId: bigint | undefined
  readonly sequenceNumber: bigint
  readonly sync: Uint8Array
}

export function writeManifestList(entries: readonly ManifestEntry[], options: ManifestListOptions): Buffer {
  const metadata = {
    'snapshot-id': String(options.snapshotId),
    'parent-snapshot-id': options.parentId === undefined ? 'null' : String(options.parentId),
    'sequence-number': String(options.sequenceNumber),
    'format-version': '2',
  }
  return writeAvroFile(LIST_SCHEMA, metadata, entries, options.sync)
}

export const readManifestList = (bytes: Uint8Array): readonly ManifestEntry[] =>
  readAvroFile(bytes).records as readonly ManifestEntry[]

/** What a manifest says of one file. */
export interface ListedFile {
  readonly path: string
  readonly records: bigint
  readonly bytes: bigint
  /** 0 data, 1 position deletes, 2 equality deletes. */
  readonly content: number
}

const DELETED = 2

/** Files that a manifest says are there. */
export function readManifest(bytes: Uint8Array): readonly ListedFile[] {
  const entries = readAvroFile(bytes).records as readonly { readonly status: number; readonly data_file: Row }[]
  return entries
    .filter((entry) => entry.status !== DELETED)
    .map(({ data_file: file }) => ({
      path: file['file_path'] as string,
      records: file['record_count'] as bigint,
      bytes: file['file_size_in_bytes'] as bigint,
      content: (file['content'] as number | undefined) ?? 0,
    }))
}
