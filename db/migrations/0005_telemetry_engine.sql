-- The telemetry engine: frames come into an inbox, a merge turns them into chunks a stream and hour, and everything
-- else (hours, five-minute sums, group sums) is derived from chunks. Readings from before this migration are dropped.

drop function maintain_telemetry_partitions(integer);
drop table telemetry_samples, telemetry_batches, telemetry_misdated, telemetry_entities;

-- What frames belong to: one machine, one cluster, or one target of a third-party sender. Outlives its agents.
create table telemetry_streams (
  org_id uuid not null references organisations (id) on delete cascade,
  id integer generated always as identity,
  site_id uuid not null,
  machine_id uuid,
  sender_id uuid, -- the API token that it comes in with; null for streams of agents
  name text not null check (length(name) between 1 and 500),
  interval_seconds real not null default 60,
  last_moment integer, -- newest recorded moment, epoch seconds of the edge
  last_received_at timestamptz,
  thinned_since timestamptz, -- since when the edge keeps only means, because its disk budget is used up
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, sender_id, name),
  foreign key (org_id, site_id) references sites (org_id, id),
  foreign key (org_id, machine_id) references machines (org_id, id) on delete cascade
);
create index telemetry_streams_site on telemetry_streams (org_id, site_id);
-- One stream of agents a machine; senders may tell of the same machine in streams of their own.
create unique index telemetry_streams_machine on telemetry_streams (org_id, machine_id) where sender_id is null;

-- What is measured, with its newest readings.
create table telemetry_entities (
  org_id uuid not null references organisations (id) on delete cascade,
  id integer generated always as identity,
  stream_id integer not null,
  machine_id uuid,
  kind text not null,
  key text not null check (length(key) between 1 and 1000),
  attributes jsonb not null default '{}',
  unknown jsonb not null default '{}', -- reading → {code, detail}
  -- In the order of the metric set: eight bytes a reading in the unit of its name, little endian, NaN = not read.
  state bytea,
  state_absence bytea, -- one byte a reading: 0 = there, else why not
  observed_at timestamptz,
  received_at timestamptz,
  state_epoch bigint not null default 0, -- order of the newest reading, so that late ones never overwrite newer state
  state_sequence bigint not null default 0,
  primary key (org_id, id),
  unique (org_id, stream_id, kind, key),
  foreign key (org_id, stream_id) references telemetry_streams (org_id, id) on delete cascade
) with (fillfactor = 70);
create index telemetry_entities_machine on telemetry_entities (org_id, machine_id);

-- Immutable ordered lists of entities; a frame names one, and a reading's place follows from it.
create table telemetry_dictionaries (
  org_id uuid not null,
  stream_id integer not null,
  id integer generated always as identity,
  hash bytea not null check (length(hash) = 8),
  entity_ids integer[] not null,
  created_at timestamptz not null default now(),
  primary key (org_id, stream_id, hash),
  unique (org_id, id),
  foreign key (org_id, stream_id) references telemetry_streams (org_id, id) on delete cascade
);

-- Frames as they came, acknowledged and not yet merged. A row leaves only in the transaction that writes its chunk.
create table telemetry_inbox (
  org_id uuid not null,
  stream_id integer not null,
  arrived timestamptz not null default now(),
  dictionary_id integer not null,
  first_moment integer not null,
  last_moment integer not null,
  moments smallint not null,
  flags smallint not null default 0, -- 1 = thinned, 2 = clock unsure
  epoch bigint not null default 0,
  sequence bigint not null default 0,
  frame bytea not null
) partition by range (arrived);
alter table telemetry_inbox alter frame set storage external;
create index telemetry_inbox_stream on telemetry_inbox (org_id, stream_id, first_moment);

-- The record: all readings of a stream in one hour (part 0 to 23), or in a whole day that is sealed (part -1).
create table telemetry_chunks (
  org_id uuid not null,
  stream_id integer not null,
  day date not null, -- UTC
  part smallint not null check (part between -1 and 23),
  revision integer not null default 1,
  entity_ids integer[] not null,
  first_moment integer not null,
  last_moment integer not null,
  moments integer not null,
  samples integer not null,
  flags smallint not null default 0, -- 1 = has means of a time whose resolution was given up
  groups integer[] not null, -- groups that hold the sums of this chunk
  head bytea not null,
  toc bytea not null, -- bytes of each column in the body, unsigned LEB128
  body bytea not null,
  primary key (org_id, stream_id, day, part)
) partition by range (day);
alter table telemetry_chunks alter body set storage external; -- packed already; substring() then reads one column only

-- A column and hour: number, sum, least, greatest. Derived from chunks when a day is sealed, taken away when late data
-- opens the day again until the next night: a row that is here is up to date. It outlives the chunk.
create table telemetry_hours (
  org_id uuid not null,
  stream_id integer not null,
  day date not null,
  revision integer not null default 1,
  entity_ids integer[] not null,
  head bytea not null,
  toc bytea not null,
  body bytea not null,
  primary key (org_id, stream_id, day)
) partition by range (day);
alter table telemetry_hours alter body set storage external;

-- A kind and five minutes: sums over the entities of a stream, and how many were heard. Derived from chunks and
-- replaced, never counted up; in parts as chunks are.
create table telemetry_stream_5m (
  org_id uuid not null,
  stream_id integer not null,
  day date not null,
  part smallint not null check (part between -1 and 23),
  revision integer not null default 1,
  kinds text[] not null,
  head bytea not null,
  toc bytea not null,
  body bytea not null,
  primary key (org_id, stream_id, day, part)
) partition by range (day);
alter table telemetry_stream_5m alter body set storage external;

-- An entity, metric and day in plain figures (whole steps), for forecasts and reports. Written when a day is sealed.
create table telemetry_entity_days (
  org_id uuid not null,
  entity_id integer not null,
  day date not null,
  metric smallint not null, -- position in the metric set
  n integer not null,
  sum double precision not null,
  min double precision not null,
  max double precision not null,
  primary key (org_id, entity_id, metric, day)
) partition by range (day);

create table telemetry_groups (
  org_id uuid not null references organisations (id) on delete cascade,
  id integer generated always as identity,
  kind text not null check (kind in ('all', 'label')),
  label text not null default '',
  value text not null default '',
  primary key (org_id, id),
  unique (org_id, kind, label, value)
);

-- Sums of whole steps over the streams of a group: exact, moved by the difference that a merge makes.
create table telemetry_group_5m (
  org_id uuid not null,
  group_id integer not null,
  kind text not null,
  metric smallint not null,
  at timestamptz not null,
  sum numeric not null,
  entities bigint not null,
  primary key (org_id, group_id, kind, metric, at)
) partition by range (at);

create table telemetry_settings (
  org_id uuid not null primary key references organisations (id) on delete cascade,
  grouped_labels text[] not null default '{region}' check (cardinality(grouped_labels) <= 8),
  raw_days integer not null default 35 check (raw_days between 2 and 400),
  five_minute_days integer not null default 90 check (five_minute_days between 7 and 800),
  hour_days integer not null default 400 check (hour_days between 30 and 4000),
  updated_at timestamptz not null default now()
);

-- What lists, sorting and tiles read of a machine: rewritten all the time, hence not in "machines".
create table telemetry_machines (
  org_id uuid not null references organisations (id) on delete cascade,
  machine_id uuid not null,
  site_id uuid not null,
  stream_id integer not null,
  cpu_used_ratio double precision,
  load1 double precision,
  memory_total_bytes double precision,
  memory_used_bytes double precision,
  filesystem_used_ratio_max double precision,
  filesystem_fullest_key text,
  temperature_celsius_max double precision,
  power_watts double precision,
  unknown jsonb not null default '{}', -- null figure → {code, detail}
  readings_observed_at timestamptz,
  readings_received_at timestamptz,
  primary key (org_id, machine_id),
  foreign key (org_id, machine_id) references machines (org_id, id) on delete cascade
) with (fillfactor = 50);

alter table machines
  drop column cpu_used_ratio, drop column load1, drop column memory_total_bytes, drop column memory_used_bytes,
  drop column filesystem_used_ratio_max, drop column filesystem_fullest_key, drop column temperature_celsius_max,
  drop column power_watts, drop column unknown, drop column readings_observed_at, drop column readings_received_at;

-- Frames whose time cannot be right (future, or older than what is kept): acknowledged, so never thrown away.
create table telemetry_misdated (
  org_id uuid not null references organisations (id) on delete cascade,
  id bigint generated always as identity,
  stream_id integer not null,
  received_at timestamptz not null default now(),
  dictionary_id integer not null,
  first_moment bigint not null,
  frame bytea not null,
  reason text not null check (reason in ('future', 'expired', 'undecodable')),
  primary key (org_id, id)
);

create index telemetry_misdated_stream on telemetry_misdated (org_id, stream_id);

-- What the nightly audit recomputed and whether it was the same.
create table telemetry_audits (
  org_id uuid not null references organisations (id) on delete cascade,
  id bigint generated always as identity,
  at timestamptz not null default now(),
  checked integer not null,
  different integer not null,
  detail jsonb not null default '[]',
  primary key (org_id, id)
);

-- Agents speak another language from here on; what they last said of themselves in the old one means nothing now.
update agents set report = null;

do $$
declare name text;
begin
  foreach name in array array['telemetry_streams', 'telemetry_entities', 'telemetry_dictionaries', 'telemetry_inbox',
    'telemetry_chunks', 'telemetry_hours', 'telemetry_stream_5m', 'telemetry_entity_days', 'telemetry_groups',
    'telemetry_group_5m', 'telemetry_settings', 'telemetry_machines', 'telemetry_misdated', 'telemetry_audits']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy %I on %I using (org_id = app_org()) with check (org_id = app_org())',
      name || '_tenant', name);
  end loop;
end $$;

grant select, insert, update on telemetry_streams, telemetry_entities, telemetry_machines, telemetry_settings
  to fernblick_app;
grant select, insert on telemetry_dictionaries, telemetry_inbox, telemetry_misdated to fernblick_app;
grant select on telemetry_chunks, telemetry_hours, telemetry_stream_5m, telemetry_entity_days, telemetry_groups,
  telemetry_group_5m, telemetry_audits to fernblick_app;
grant delete on telemetry_inbox, telemetry_misdated, telemetry_audits to fernblick_worker;
grant insert, update, delete on telemetry_chunks, telemetry_hours, telemetry_stream_5m, telemetry_entity_days,
  telemetry_groups, telemetry_group_5m to fernblick_worker;
grant insert on telemetry_audits to fernblick_worker;

-- Partitions are not granted to anyone: they are reached through the parent, where the policy holds. All the
-- functions below have owner's rights, because they are DDL; none takes a table or a cutoff from its caller.

-- Made apart and attached, which does not lock readers and writers of the parent out.
create function attach_telemetry_partition(parent text, name text, from_text text, to_text text, options text)
  returns integer language plpgsql set search_path = public as $$
begin
  if to_regclass(name) is not null then return 0; end if;
  execute format('create table %I (like %I including all) with (%s)', name, parent, options);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, name, from_text, to_text);
  return 1;
end $$;
revoke execute on function attach_telemetry_partition(text, text, text, text, text) from public;

-- Everything that readings of one UTC day are written to. @returns how many partitions were missing
create function prepare_telemetry_day(day date) returns integer
  language plpgsql security definer set search_path = public set lock_timeout = '10s' as $$
declare
  today date := (now() at time zone 'utc')::date;
  month date := date_trunc('month', day)::date;
  next_month date := (date_trunc('month', day) + interval '1 month')::date;
  -- Chunks of the open day are rewritten every few minutes: their dead rows are to be used again soon.
  rewritten text := 'autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05';
  made integer := 0;
begin
  if day < today - 4000 or day > today + 7 then
    raise exception 'the day is %, expected one of the last 4000 or the next 7', day;
  end if;
  perform pg_advisory_xact_lock(hashtext('telemetry_partitions'));
  made := made + attach_telemetry_partition('telemetry_chunks', 'telemetry_chunks_' || to_char(day, 'YYYYMMDD'),
    day::text, (day + 1)::text, rewritten);
  made := made + attach_telemetry_partition('telemetry_stream_5m', 'telemetry_stream_5m_' || to_char(month, 'YYYYMM'),
    month::text, next_month::text, rewritten);
  made := made + attach_telemetry_partition('telemetry_hours', 'telemetry_hours_' || to_char(month, 'YYYYMM'),
    month::text, next_month::text, rewritten);
  made := made + attach_telemetry_partition('telemetry_entity_days',
    'telemetry_entity_days_' || to_char(month, 'YYYYMM'), month::text, next_month::text, 'fillfactor = 100');
  made := made + attach_telemetry_partition('telemetry_group_5m', 'telemetry_group_5m_' || to_char(month, 'YYYYMM'),
    month::text || ' 00:00+00', next_month::text || ' 00:00+00', 'fillfactor = 70');
  return made;
end $$;
revoke execute on function prepare_telemetry_day(date) from public;
grant execute on function prepare_telemetry_day(date) to fernblick_worker;

-- The partitions of the inbox for the next 30 hours and of the record for the next three days. The gateway may call
-- it too: without the worker it would otherwise have nowhere to write after a day.
create function prepare_telemetry_partitions() returns integer
  language plpgsql security definer set search_path = public set lock_timeout = '10s' as $$
declare
  this_hour timestamp := date_trunc('hour', now() at time zone 'utc');
  hour timestamp;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtext('telemetry_partitions'));
  for hour in select generate_series(this_hour - interval '1 hour', this_hour + interval '30 hours', interval '1 hour') loop
    made := made + attach_telemetry_partition('telemetry_inbox', 'telemetry_inbox_' || to_char(hour, 'YYYYMMDDHH24'),
      hour::text || '+00', (hour + interval '1 hour')::text || '+00',
      'autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_insert_threshold = -1');
  end loop;
  for ahead in -1..3 loop
    made := made + prepare_telemetry_day(this_hour::date + ahead);
  end loop;
  return made;
end $$;
revoke execute on function prepare_telemetry_partitions() from public;
grant execute on function prepare_telemetry_partitions() to fernblick_app;

-- Drops at most one partition of the inbox that is older than two hours and empty. @returns its name, or null
create function drop_empty_telemetry_inbox() returns text
  language plpgsql security definer set search_path = public set lock_timeout = '2s' as $$
declare
  oldest_kept text := 'telemetry_inbox_' || to_char((now() at time zone 'utc') - interval '2 hours', 'YYYYMMDDHH24');
  part record;
  is_filled boolean;
begin
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'telemetry_inbox'::regclass and c.relname < oldest_kept order by 1
  loop
    execute format('select exists (select from %I)', part.relname) into is_filled;
    continue when is_filled;
    -- The parent first, as everybody else locks; and then once more, now that nobody can add a row.
    lock table only telemetry_inbox in access exclusive mode;
    execute format('lock table %I in access exclusive mode', part.relname);
    execute format('select exists (select from %I)', part.relname) into is_filled;
    continue when is_filled;
    execute format('drop table %I', part.relname);
    return part.relname;
  end loop;
  return null;
end $$;
revoke execute on function drop_empty_telemetry_inbox() from public;
grant execute on function drop_empty_telemetry_inbox() to fernblick_worker;

-- Drops at most one partition that is past keeping for every organisation. @returns its name, or null
create function drop_expired_telemetry() returns text
  language plpgsql security definer set search_path = public set lock_timeout = '2s' as $$
declare
  today date := (now() at time zone 'utc')::date;
  kept record;
  part record;
begin
  for kept in
    with days as (
      select max(coalesce(s.raw_days, 35)) as raw, max(coalesce(s.five_minute_days, 90)) as five_minute,
        max(coalesce(s.hour_days, 400)) as hour
      from organisations o left join telemetry_settings s on s.org_id = o.id)
    select 'telemetry_chunks' as parent, 'YYYYMMDD' as form, today - coalesce(raw, 35) as since from days
    union all select 'telemetry_stream_5m', 'YYYYMM', today - coalesce(five_minute, 90) from days
    union all select name, 'YYYYMM', today - coalesce(hour, 400)
      from days, unnest(array['telemetry_hours', 'telemetry_entity_days', 'telemetry_group_5m']) as name
  loop
    for part in
      select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = kept.parent::regclass
        and c.relname < kept.parent || '_' || to_char(kept.since, kept.form) order by 1
    loop
      execute format('lock table only %I in access exclusive mode', kept.parent);
      execute format('drop table %I', part.relname);
      return part.relname;
    end loop;
  end loop;
  return null;
end $$;
revoke execute on function drop_expired_telemetry() from public;
grant execute on function drop_expired_telemetry() to fernblick_worker;

-- Bytes on disk of each table of the engine with its partitions: sizes are of the server, not of one organisation.
create function list_telemetry_sizes() returns table (name text, bytes bigint, partitions integer)
  language sql stable security definer set search_path = public as $$
  select p.relname::text, coalesce(sum(pg_total_relation_size(c.oid)), pg_total_relation_size(p.oid))::bigint,
    count(c.oid)::integer
  from pg_class p left join pg_inherits i on i.inhparent = p.oid left join pg_class c on c.oid = i.inhrelid
  where p.relnamespace = 'public'::regnamespace and p.relkind in ('r', 'p') and not p.relispartition
    and p.relname like 'telemetry\_%'
  group by p.oid, p.relname order by p.relname $$;
revoke execute on function list_telemetry_sizes() from public;
grant execute on function list_telemetry_sizes() to fernblick_app;

select prepare_telemetry_partitions();
