-- What the pipeline produced, as the APIs read it. Keys are the derived ids, so a repeat is the same row.
-- _topic, _partition and _offset say which record a row is; _seq grows with every write and drives live updates.
create sequence read_model_seq;

create table raw_documents (
  document_id text primary key,
  source_id text not null,
  source_type text not null,
  source_owner text,
  url text,
  title text,
  content_type text not null,
  object_key text not null,
  sha256 text not null,
  size_bytes bigint not null,
  published_at timestamptz,
  received_at timestamptz not null,
  symbols text[] not null default '{}',
  form_type text,
  cik text,
  job_id text,
  simulated boolean not null,
  _topic text not null, _partition int not null, _offset bigint not null
);

create table documents (
  document_id text primary key,
  source_id text not null,
  source_type text not null,
  source_owner text,
  url text,
  canonical_url text,
  title text,
  byline text,
  language text,
  text text not null,
  text_sha256 text not null,
  published_at timestamptz,
  received_at timestamptz not null,
  known_at timestamptz not null,
  raw_sha256 text not null,
  raw_object_key text not null,
  parser_version text not null,
  sections jsonb not null,
  links jsonb not null,
  form_type text,
  items text[] not null default '{}',
  hidden_text_removed boolean not null,
  simulated boolean not null,
  symbols text[] not null default '{}',
  _topic text not null, _partition int not null, _offset bigint not null,
  _seq bigint not null default nextval('read_model_seq')
);
create index documents_by_time on documents (known_at desc, document_id desc);
create index documents_by_seq on documents (_seq);
create index documents_by_symbol on documents using gin (symbols);

create table extractions (
  extraction_id text primary key,
  document_id text not null,
  symbol text,
  source_id text not null,
  known_at timestamptz not null,
  simulated boolean not null,
  record jsonb not null,
  _topic text not null, _partition int not null, _offset bigint not null
);
create index extractions_by_time on extractions (known_at desc, extraction_id desc);
create index extractions_by_document on extractions (document_id);
create index extractions_by_symbol on extractions (symbol, known_at desc, extraction_id desc);

create table signals (
  signal_id text primary key,
  symbol text not null,
  as_of timestamptz not null,
  direction text not null,
  simulated boolean not null,
  record jsonb not null,
  _topic text not null, _partition int not null, _offset bigint not null,
  _seq bigint not null default nextval('read_model_seq')
);
create index signals_by_time on signals (as_of desc, signal_id desc);
create index signals_by_seq on signals (_seq);
create index signals_by_symbol on signals (symbol, as_of desc, signal_id desc);

create table recommendations (
  recommendation_id text primary key,
  symbol text not null,
  signal_id text not null,
  as_of timestamptz not null,
  action text not null,
  simulated boolean not null,
  document_ids text[] not null default '{}',
  record jsonb not null,
  _topic text not null, _partition int not null, _offset bigint not null,
  _seq bigint not null default nextval('read_model_seq')
);
create index recommendations_by_time on recommendations (as_of desc, recommendation_id desc);
create index recommendations_by_seq on recommendations (_seq);
create index recommendations_by_symbol on recommendations (symbol, as_of desc, recommendation_id desc);
create index recommendations_by_document on recommendations using gin (document_ids);

create table risk_verdicts (
  verdict_id text primary key,
  intent_id text not null,
  account_id text not null,
  recommendation_id text,
  symbol text not null,
  decision text not null,
  decided_at timestamptz not null,
  simulated boolean not null,
  record jsonb not null,
  _topic text not null, _partition int not null, _offset bigint not null
);
create index risk_verdicts_by_time on risk_verdicts (decided_at desc, verdict_id desc);
create index risk_verdicts_by_recommendation on risk_verdicts (recommendation_id);

create table orders (
  client_order_id text primary key,
  intent_id text not null,
  intent_hash text not null,
  verdict_id text not null,
  account_id text not null,
  recommendation_id text,
  symbol text not null,
  side text not null,
  type text not null,
  time_in_force text not null,
  order_class text not null,
  qty numeric not null,
  limit_price numeric,
  stop_price numeric,
  take_profit_limit_price numeric,
  stop_loss_stop_price numeric,
  purpose text not null,
  submitted_at timestamptz not null,
  mode text not null,
  simulated boolean not null,
  _topic text not null, _partition int not null, _offset bigint not null,
  _seq bigint not null default nextval('read_model_seq')
);
create index orders_by_time on orders (submitted_at desc, client_order_id desc);
create index orders_by_seq on orders (_seq);
create index orders_by_recommendation on orders (recommendation_id);
create index orders_by_intent on orders (intent_id);

create table executions (
  execution_id text primary key,
  order_id text not null,
  client_order_id text not null,
  account_id text not null,
  symbol text not null,
  side text not null,
  leg text not null,
  event text not null,
  status text not null,
  qty numeric not null,
  filled_qty numeric not null,
  leaves_qty numeric not null,
  filled_avg_price numeric,
  last_qty numeric,
  last_price numeric,
  fee numeric not null,
  transact_at timestamptz not null,
  received_at timestamptz not null,
  reason text,
  recommendation_id text,
  simulated boolean not null,
  _topic text not null, _partition int not null, _offset bigint not null
);
create index executions_by_time on executions (transact_at desc, execution_id desc);
create index executions_by_order on executions (client_order_id);
create index executions_by_recommendation on executions (recommendation_id);

-- How the entry leg of an order stands. Only executions move it, and only forward in time; it may be there before its order.
create table order_status (
  client_order_id text primary key,
  order_id text not null,
  status text not null,
  filled_qty numeric not null,
  leaves_qty numeric not null,
  filled_avg_price numeric,
  transact_at timestamptz not null,
  reason text,
  _topic text not null, _partition int not null, _offset bigint not null,
  _seq bigint not null default nextval('read_model_seq')
);
create index order_status_by_seq on order_status (_seq);
create index order_status_by_order on order_status (order_id);

create table positions (
  account_id text not null,
  symbol text not null,
  qty numeric not null,
  avg_entry_price numeric not null,
  cost_basis numeric not null,
  market_price numeric not null,
  market_value numeric not null,
  unrealized_pl numeric not null,
  realized_pl numeric not null,
  opened_at timestamptz,
  entry_client_order_id text,
  recommendation_id text,
  updated_at timestamptz not null,
  simulated boolean not null,
  _topic text not null, _partition int not null, _offset bigint not null,
  primary key (account_id, symbol)
);

create table accounts (
  account_id text not null,
  as_of timestamptz not null,
  cash numeric not null,
  equity numeric not null,
  realized_pl numeric not null,
  unrealized_pl numeric not null,
  fees numeric not null,
  open_positions int not null,
  mode text not null,
  simulated boolean not null,
  _topic text not null, _partition int not null, _offset bigint not null,
  primary key (account_id, as_of)
);

create table bars (
  symbol text not null,
  timespan text not null,
  start_at timestamptz not null,
  end_at timestamptz not null,
  open numeric not null,
  high numeric not null,
  low numeric not null,
  close numeric not null,
  adjusted_close numeric,
  volume numeric not null,
  vwap numeric,
  source_id text not null,
  simulated boolean not null,
  _topic text not null, _partition int not null, _offset bigint not null,
  primary key (symbol, timespan, start_at)
);
