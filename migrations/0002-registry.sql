create table companies (
  company_id text primary key,
  name text not null,
  legal_name text,
  symbols jsonb not null default '[]',
  cik text,
  sector text,
  restricted boolean not null default false,
  version int not null default 1,
  updated_at timestamptz not null,
  simulated boolean not null default false
);
create index companies_by_symbol on companies using gin (symbols jsonb_path_ops);

create table aliases (
  company_id text not null references companies on delete cascade,
  alias text not null,
  strength text not null check (strength in ('strong', 'medium', 'weak')),
  valid_from timestamptz,
  valid_to timestamptz,
  primary key (company_id, alias)
);

-- Every version a company has had; a deleted one ends with a row whose record is null.
create table company_history (
  company_id text not null,
  version int not null,
  record jsonb,
  changed_at timestamptz not null,
  primary key (company_id, version)
);

-- Changes on their way to the topic registry.companies, written with the change itself; a null record is a tombstone.
create table registry_outbox (
  seq bigint generated always as identity primary key,
  company_id text not null,
  record jsonb,
  published_at timestamptz
);
create index registry_outbox_open on registry_outbox (seq) where published_at is null;

create table sources (
  source_id text primary key,
  source_type text not null,
  url text,
  symbols text[] not null default '{}',
  cadence_seconds int not null check (cadence_seconds > 0),
  credibility double precision not null check (credibility between 0 and 1),
  source_owner text,
  enabled boolean not null default false,
  version int not null default 1,
  updated_at timestamptz not null
);
