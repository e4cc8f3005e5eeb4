-- The hours of a day and the day that is sealed from them stand in tables of their own. When the hours of a day are
-- gone, the ordinary vacuum gives all their room back; in one table the sealed rows at its end would keep it for good.

-- A day of chunks, from now on in two parts. @returns 1 when it was missing
create function attach_telemetry_chunks(day date, options text) returns integer
  language plpgsql set search_path = public as $$
declare
  name text := 'telemetry_chunks_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(name) is not null then return 0; end if;
  execute format('create table %I (like telemetry_chunks including all) partition by range (part)', name);
  execute format('create table %I partition of %I for values from (-1) to (0)', name || '_sealed', name);
  execute format('create table %I partition of %I for values from (0) to (24) with (%s)', name || '_hours', name, options);
  execute format('alter table telemetry_chunks attach partition %I for values from (%L) to (%L)', name, day, day + 1);
  return 1;
end $$;
revoke execute on function attach_telemetry_chunks(date, text) from public;

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
  made := made + attach_telemetry_chunks(day, rewritten);
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

-- As before, with the tables below the partitions counted in.
create or replace function list_telemetry_sizes() returns table (name text, bytes bigint, partitions integer)
  language sql stable security definer set search_path = public as $$
  select p.relname::text,
    coalesce((select sum(pg_total_relation_size(t.relid)) from pg_partition_tree(p.oid) t),
      pg_total_relation_size(p.oid))::bigint,
    (select count(*) from pg_inherits i where i.inhparent = p.oid)::integer
  from pg_class p
  where p.relnamespace = 'public'::regnamespace and p.relkind in ('r', 'p') and not p.relispartition
    and p.relname like 'telemetry\_%'
  order by p.relname $$;

-- Days that were made ahead and are still empty are made again in the new way; those with chunks stay as they are.
do $$
declare
  part record;
  is_filled boolean;
begin
  -- In the order in which everybody takes these.
  perform pg_advisory_xact_lock(hashtext('telemetry_partitions'));
  lock table only telemetry_chunks in access exclusive mode;
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'telemetry_chunks'::regclass and c.relkind = 'r' order by 1
  loop
    execute format('lock table %I in access exclusive mode', part.relname);
    execute format('select exists (select from %I)', part.relname) into is_filled;
    continue when is_filled;
    execute format('drop table %I', part.relname);
  end loop;
  perform prepare_telemetry_partitions();
end $$;
