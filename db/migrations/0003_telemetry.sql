-- Readings: one row an entity for what is true now, one row an entity and moment for what was.

create table telemetry_entities (
  org_id uuid not null references organisations (id) on delete cascade,
  id bigint generated always as identity,
  machine_id uuid not null,
  kind text not null,
  key text not null,
  attributes jsonb not null default '{}',
  -- In the order of the metric set in contract/metrics.ts; null = not read, reason in "unknown".
  readings double precision[] not null default '{}',
  unknown jsonb not null default '{}',
  observed_at timestamptz,
  received_at timestamptz,
  -- The reading before: counters become rates from these two, without a look into history.
  earlier_readings double precision[],
  earlier_observed_at timestamptz,
  state_epoch bigint not null default 0,
  state_sequence bigint not null default 0,
  primary key (org_id, id),
  unique (org_id, machine_id, kind, key),
  foreign key (org_id, machine_id) references machines (org_id, id) on delete cascade
);

-- A moment of an entity is an element of a set: the key makes a repeated batch change nothing.
create table telemetry_samples (
  org_id uuid not null,
  entity_id bigint not null,
  observed_at timestamptz not null, -- the edge's clock, corrected when it is wrong by more than two minutes
  received_at timestamptz not null,
  readings double precision[] not null,
  unknown jsonb,
  primary key (org_id, entity_id, observed_at)
) partition by range (observed_at);

-- Batches that are stored, so that a repeat is answered at once and a corrected clock cannot make it look new.
create table telemetry_batches (
  org_id uuid not null references organisations (id) on delete cascade,
  agent_id uuid not null,
  epoch bigint not null,
  sequence bigint not null,
  received_at timestamptz not null default now(),
  primary key (org_id, agent_id, epoch, sequence),
  foreign key (org_id, agent_id) references agents (org_id, id) on delete cascade
);
create index telemetry_batches_received on telemetry_batches using brin (received_at);

-- Observations whose time cannot be right (future, or older than what is kept): acknowledged, so never thrown away.
create table telemetry_misdated (
  org_id uuid not null references organisations (id) on delete cascade,
  agent_id uuid not null,
  epoch bigint not null,
  sequence bigint not null,
  observed_at timestamptz not null,
  received_at timestamptz not null default now(),
  entities jsonb not null,
  primary key (org_id, agent_id, epoch, sequence, observed_at),
  foreign key (org_id, agent_id) references agents (org_id, id) on delete cascade
);

alter table telemetry_entities enable row level security;
alter table telemetry_samples enable row level security;
alter table telemetry_batches enable row level security;
alter table telemetry_misdated enable row level security;

create policy telemetry_entities_tenant on telemetry_entities using (org_id = app_org()) with check (org_id = app_org());
create policy telemetry_samples_tenant on telemetry_samples using (org_id = app_org()) with check (org_id = app_org());
create policy telemetry_batches_tenant on telemetry_batches using (org_id = app_org()) with check (org_id = app_org());
create policy telemetry_misdated_tenant on telemetry_misdated using (org_id = app_org()) with check (org_id = app_org());

grant select, insert, update on telemetry_entities to fernblick_app;
grant select, insert on telemetry_samples, telemetry_batches, telemetry_misdated to fernblick_app;
grant delete on telemetry_batches, telemetry_misdated to fernblick_worker;
grant select on telemetry_batches, telemetry_misdated to fernblick_worker;

-- Makes the daily partitions from keep_days ago to 14 days ahead and drops what is older. Partitions are not granted
-- to anyone: they are reached through the parent, where the policy holds. Owner's rights, because it is DDL.
create function maintain_telemetry_partitions(keep_days integer) returns table (created integer, dropped integer)
  language plpgsql security definer set search_path = public as $$
declare
  today date := (now() at time zone 'utc')::date;
  day date;
  part record;
begin
  created := 0;
  dropped := 0;
  if keep_days < 1 or keep_days > 4000 then
    raise exception 'keep_days is %, expected 1 to 4000', keep_days;
  end if;
  perform pg_advisory_xact_lock(hashtext('maintain_telemetry_partitions'));
  for day in select generate_series(today - keep_days, today + 14, interval '1 day')::date loop
    if to_regclass('telemetry_samples_' || to_char(day, 'YYYYMMDD')) is null then
      execute format('create table %I partition of telemetry_samples for values from (%L) to (%L)',
        'telemetry_samples_' || to_char(day, 'YYYYMMDD'), day::text || ' 00:00+00', (day + 1)::text || ' 00:00+00');
      created := created + 1;
    end if;
  end loop;
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'telemetry_samples'::regclass
      and c.relname < 'telemetry_samples_' || to_char(today - keep_days, 'YYYYMMDD')
  loop
    execute format('drop table %I', part.relname);
    dropped := dropped + 1;
  end loop;
  return next;
end $$;
revoke execute on function maintain_telemetry_partitions(integer) from public;
grant execute on function maintain_telemetry_partitions(integer) to fernblick_worker;

select maintain_telemetry_partitions(35);
