export { LAKE_TABLES, type LakeTable } from './lake-tables.ts'
export { type LakeOptions, type LakeWriter, openLakeWriter } from './lake-writer.ts'
export { type ParquetPorts, parquetSink } from './parquet-sink.ts'
