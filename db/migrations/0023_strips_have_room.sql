-- The months of strips are made with all others again: between two changes of this function they were left out, so that
-- from the next month on no strip would have found room.
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

-- The months that have sums and no room for their strips.
do $$
declare
  part record;
begin
  perform pg_advisory_xact_lock(hashtext('telemetry_partitions'));
  for part in select to_date(right(c.relname, 6), 'YYYYMM') as month
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'telemetry_stream_5m'::regclass
  loop
    perform attach_telemetry_partition('telemetry_strips_5m', 'telemetry_strips_5m_' || to_char(part.month, 'YYYYMM'),
      part.month::text, (part.month + interval '1 month')::date::text,
      'autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05');
  end loop;
end $$;
