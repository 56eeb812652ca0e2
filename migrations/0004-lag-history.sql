-- Lag of each group on a topic, of a minute the largest; dropped after a week.
create table lag_history (
  group_id text not null,
  topic text not null,
  minute timestamptz not null,
  lag_records bigint not null,
  -- Unknown where the time of the next record could not be read.
  behind_ms bigint,
  status text not null,
  primary key (group_id, topic, minute)
);

create index lag_history_by_minute on lag_history (minute);
