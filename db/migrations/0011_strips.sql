-- Five-minute sums of many streams side by side: what "any grouping of sites" reads. One row for each is too many rows
-- as soon as there are thousands of streams.

-- Which streams stand together, at most 64 in a strip. Null as long as an organisation has few streams.
alter table telemetry_streams add column strip integer;

-- A kind, metric and six hours: of each stream two columns, the sum and how many entities were heard. A row of
-- `telemetry_stream_5m` that is there counts instead of what stands here for its hours: the fold takes it in and away.
create table telemetry_strips_5m (
  org_id uuid not null,
  kind text not null,
  metric smallint not null, -- position in the metric set
  day date not null, -- UTC
  quarter smallint not null check (quarter between 0 and 3),
  strip integer not null,
  stream_ids integer[] not null,
  head bytea not null,
  toc bytea not null,
  body bytea not null,
  primary key (org_id, kind, metric, day, quarter, strip)
) partition by range (day);
alter table telemetry_strips_5m alter body set storage external;

alter table telemetry_strips_5m enable row level security;
create policy telemetry_strips_5m_tenant on telemetry_strips_5m using (org_id = app_org()) with check (org_id = app_org());
grant select on telemetry_strips_5m to fernblick_app;
grant insert, delete on telemetry_strips_5m to fernblick_worker;

-- As before, and strips.
create or replace function prepare_telemetry_day(day date) returns integer
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
  made := made + attach_telemetry_partition('telemetry_strips_5m', 'telemetry_strips_5m_' || to_char(month, 'YYYYMM'),
    month::text, next_month::text, rewritten);
  made := made + attach_telemetry_partition('telemetry_hours', 'telemetry_hours_' || to_char(month, 'YYYYMM'),
    month::text, next_month::text, rewritten);
  made := made + attach_telemetry_partition('telemetry_entity_days',
    'telemetry_entity_days_' || to_char(month, 'YYYYMM'), month::text, next_month::text, 'fillfactor = 100');
  made := made + attach_telemetry_partition('telemetry_group_5m', 'telemetry_group_5m_' || to_char(month, 'YYYYMM'),
    month::text || ' 00:00+00', next_month::text || ' 00:00+00', 'fillfactor = 70');
  return made;
end $$;

-- As before, and strips.
create or replace function drop_expired_telemetry() returns text
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
    union all select name, 'YYYYMM', today - coalesce(five_minute, 90)
      from days, unnest(array['telemetry_stream_5m', 'telemetry_strips_5m']) as name
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

-- The months that have sums already.
do $$
declare
  part record;
  month date;
begin
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'telemetry_stream_5m'::regclass
  loop
    month := to_date(right(part.relname, 6), 'YYYYMM');
    perform attach_telemetry_partition('telemetry_strips_5m', 'telemetry_strips_5m_' || to_char(month, 'YYYYMM'),
      month::text, (month + interval '1 month')::date::text,
      'autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05');
  end loop;
end $$;
