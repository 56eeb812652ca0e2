/** A value in the JSON form of its topic, as it goes into a row. */
export type Json = Readonly<Record<string, unknown>>

/** How the records of one topic become rows of one table. */
export interface ReadModelTable {
  readonly table: string
  readonly key: readonly string[]
  /** Column and its SQL type. */
  readonly columns: Readonly<Record<string, string>>
  /** Undefined: this record has no row here. Without it the record's own fields are the columns. */
  readonly row?: (value: Json) => Json | undefined
  /** What a later record with the same key does: nothing where ids are derived from content; else the newest by this wins. */
  readonly newestBy?: string
  /** Has `_seq`, for live updates. */
  readonly live?: boolean
}

const columns = (spec: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    spec
      .split(',')
      .map((part) => part.trim().split(/\s+/))
      .flatMap((words) => words.slice(0, -1).map((name) => [name, words.at(-1) ?? ''])),
  )

const withRecord = (value: Json): Json => ({ ...value, record: value })

const symbolsOf = (value: Json): readonly string[] => [
  ...new Set((value['links'] as readonly { symbol: string }[]).map((link) => link.symbol)),
]
const documentsOf = (value: Json): readonly string[] => [
  ...new Set(
    [...(value['supporting'] as readonly Json[]), ...(value['opposing'] as readonly Json[])].map(
      (evidence) => evidence['document_id'] as string,
    ),
  ),
]
/** An extraction without its sketch, which only the near-duplicate search reads. */
function extractionRow(value: Json): Json {
  const { sketch: _, ...record } = value
  return { ...value, record }
}

const ORDER_TERMS = columns(`
  client_order_id intent_id intent_hash verdict_id account_id recommendation_id symbol side type time_in_force order_class
  purpose mode text, qty limit_price stop_price take_profit_limit_price stop_loss_stop_price numeric,
  submitted_at timestamptz, simulated boolean`)

/** The read model: every topic's tables. */
export const READ_MODEL_TABLES: Readonly<Record<string, readonly ReadModelTable[]>> = {
  'documents.raw': [
    {
      table: 'raw_documents',
      key: ['document_id'],
      columns: columns(`
        document_id source_id source_type source_owner url title content_type object_key sha256 form_type cik job_id text,
        size_bytes bigint, published_at received_at timestamptz, symbols text[], simulated boolean`),
    },
  ],
  'documents.parsed': [
    {
      table: 'documents',
      key: ['document_id'],
      columns: columns(`
        document_id source_id source_type source_owner url canonical_url title byline language text text_sha256 raw_sha256
        raw_object_key parser_version form_type text, published_at received_at known_at timestamptz, sections links jsonb,
        items symbols text[], hidden_text_removed simulated boolean`),
      row: (value) => ({ ...value, symbols: symbolsOf(value) }),
      live: true,
    },
  ],
  extractions: [
    {
      table: 'extractions',
      key: ['extraction_id'],
      columns: columns(
        'extraction_id document_id symbol source_id text, known_at timestamptz, simulated boolean, record jsonb',
      ),
      row: extractionRow,
    },
  ],
  signals: [
    {
      table: 'signals',
      key: ['signal_id'],
      columns: columns('signal_id symbol direction text, as_of timestamptz, simulated boolean, record jsonb'),
      row: withRecord,
      live: true,
    },
  ],
  recommendations: [
    {
      table: 'recommendations',
      key: ['recommendation_id'],
      columns: columns(
        'recommendation_id symbol signal_id action text, as_of timestamptz, simulated boolean, document_ids text[], record jsonb',
      ),
      row: (value) => ({ ...value, document_ids: documentsOf(value), record: value }),
      live: true,
    },
  ],
  'risk.verdicts': [
    {
      table: 'risk_verdicts',
      key: ['verdict_id'],
      columns: columns(
        'verdict_id intent_id account_id recommendation_id symbol decision text, decided_at timestamptz, simulated boolean, record jsonb',
      ),
      row: withRecord,
    },
  ],
  orders: [{ table: 'orders', key: ['client_order_id'], columns: ORDER_TERMS, live: true }],
  executions: [
    {
      table: 'executions',
      key: ['execution_id'],
      columns: columns(`
        execution_id order_id client_order_id account_id symbol side leg event status reason recommendation_id text,
        qty filled_qty leaves_qty filled_avg_price last_qty last_price fee numeric,
        transact_at received_at timestamptz, simulated boolean`),
    },
    {
      table: 'order_status',
      key: ['client_order_id'],
      columns: columns(
        'client_order_id order_id status reason text, filled_qty leaves_qty filled_avg_price numeric, transact_at timestamptz',
      ),
      row: (value) => (value['leg'] === 'entry' ? value : undefined),
      newestBy: 'transact_at',
      live: true,
    },
  ],
  positions: [
    {
      table: 'positions',
      key: ['account_id', 'symbol'],
      columns: columns(`
        account_id symbol entry_client_order_id recommendation_id text, qty avg_entry_price cost_basis market_price
        market_value unrealized_pl realized_pl numeric, opened_at updated_at timestamptz, simulated boolean`),
      newestBy: 'updated_at',
    },
  ],
  accounts: [
    {
      table: 'accounts',
      key: ['account_id', 'as_of'],
      columns: columns(`
        account_id mode text, as_of timestamptz, cash equity realized_pl unrealized_pl fees numeric, open_positions int,
        simulated boolean`),
      newestBy: 'as_of',
    },
  ],
  'market.bars': [
    {
      table: 'bars',
      key: ['symbol', 'timespan', 'start_at'],
      columns: columns(`
        symbol timespan source_id text, start_at end_at timestamptz, open high low close adjusted_close volume vwap numeric,
        simulated boolean`),
      newestBy: 'end_at',
    },
  ],
}

/** Schema of each topic's values. */
export const TOPIC_SCHEMAS: Readonly<Record<string, string>> = {
  'documents.raw': 'RawDocument',
  'documents.parsed': 'ParsedDocument',
  extractions: 'Extraction',
  signals: 'Signal',
  recommendations: 'Recommendation',
  'risk.verdicts': 'RiskVerdict',
  orders: 'OrderRequest',
  executions: 'ExecutionReport',
  positions: 'Position',
  accounts: 'Account',
  'market.bars': 'Bar',
}
