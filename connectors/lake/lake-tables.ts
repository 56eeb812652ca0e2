import type { SchemaName } from '../../schemas/index.ts'

export interface LakeTable {
  readonly table: string
  readonly schema: SchemaName
}

/** The fact tables, by topic. */
export const LAKE_TABLES: Readonly<Record<string, LakeTable>> = {
  'documents.parsed': { table: 'documents', schema: 'ParsedDocument' },
  extractions: { table: 'extractions', schema: 'Extraction' },
  signals: { table: 'signals', schema: 'Signal' },
  recommendations: { table: 'recommendations', schema: 'Recommendation' },
  'risk.verdicts': { table: 'risk_verdicts', schema: 'RiskVerdict' },
  orders: { table: 'orders', schema: 'OrderRequest' },
  executions: { table: 'executions', schema: 'ExecutionReport' },
  'market.bars': { table: 'bars', schema: 'Bar' },
  'lake.publish': { table: 'lake_rows', schema: 'LakeRow' },
  'ops.lag': { table: 'lag', schema: 'ConsumerLag' },
}
