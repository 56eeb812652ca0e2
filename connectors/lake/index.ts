export { loadTable, type TablePorts } from './iceberg/iceberg-table.ts'
export {
  type IcebergLake,
  type IcebergLakeOptions,
  openIcebergLake,
} from './iceberg/open-iceberg-lake.ts'
export { LAKE_TABLES, type LakeTable } from './lake-tables.ts'
export { type LakeOptions, type LakeWriter, openLakeWriter } from './lake-writer.ts'
export { type Metastore, openMetastore } from './metastore/open-metastore.ts'
export { type Lake, type ParquetPorts, parquetSink } from './parquet-sink.ts'
