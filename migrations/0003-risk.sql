-- '*' is all accounts. A missing row means halted.
create table risk_state (
  account_id text primary key,
  state text not null check (state in ('active', 'reducing', 'halted')),
  epoch int not null,
  reason text not null,
  changed_by text not null,
  changed_at timestamptz not null
);

create table risk_state_history (
  account_id text not null,
  epoch int not null,
  state text not null,
  reason text not null,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (account_id, epoch)
);

-- Never changed in place: a new version is a new row, the newest is in force.
create table risk_limits (
  seq bigint generated always as identity primary key,
  limits_version text not null unique,
  limits jsonb not null
);

-- One row an account, locked while an intent of it is decided, so that decisions of an account follow one another.
create table risk_accounts (
  account_id text primary key
);

create table risk_checks (
  intent_id text primary key,
  intent_hash text not null,
  account_id text not null,
  symbol text not null,
  side text not null,
  purpose text not null,
  decision text not null,
  decided_at timestamptz not null,
  verdict jsonb not null
);
create index risk_checks_recent on risk_checks (account_id, decided_at);

create table risk_reservations (
  intent_id text primary key references risk_checks,
  account_id text not null,
  symbol text not null,
  side text not null,
  qty numeric not null,
  notional numeric not null,
  sector text,
  reserved_at timestamptz not null,
  expires_at timestamptz not null,
  released_at timestamptz
);
create index risk_reservations_open on risk_reservations (account_id) where released_at is null;
