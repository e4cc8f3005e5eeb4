-- What a site's link may carry, and what agents of the site are told; null = not set.
alter table sites
  add column link_profile text check (link_profile in ('full', 'lean', 'heartbeat', 'auto')),
  add column link_bytes_per_day bigint check (link_bytes_per_day > 0),
  add column link_bits_per_second bigint check (link_bits_per_second > 0),
  add column link_interval_seconds integer check (link_interval_seconds between 1 and 86400),
  add column link_batch_seconds integer check (link_batch_seconds between 1 and 86400);

-- Order of the newest report, so that a late one does not overwrite what came after it.
alter table agents
  add column report_epoch bigint not null default 0,
  add column report_sequence bigint not null default 0;

-- Messages that are well-formed and that no attempt could store: acknowledged, kept whole, and tried again on demand.
create table telemetry_quarantine (
  org_id uuid not null references organisations (id) on delete cascade,
  id bigint generated always as identity,
  agent_id uuid not null,
  site_id uuid not null,
  received_at timestamptz not null default now(),
  kind text not null check (kind in ('frame', 'report', 'dictionary')),
  epoch bigint not null,
  sequence bigint not null,
  flags smallint not null default 0,
  reason text not null check (length(reason) <= 1000),
  dictionary jsonb, -- [[kind, key], …] of a frame
  content bytea not null, -- a frame that stands alone, or a report as JSON
  digest bytea not null check (length(digest) = 32), -- the same message again is one row
  primary key (org_id, id),
  unique (org_id, agent_id, digest),
  foreign key (org_id, agent_id) references agents (org_id, id) on delete cascade,
  foreign key (org_id, site_id) references sites (org_id, id)
);
alter table telemetry_quarantine enable row level security;
create policy telemetry_quarantine_tenant on telemetry_quarantine
  using (org_id = app_org()) with check (org_id = app_org());
grant select, insert, delete on telemetry_quarantine to fernblick_app;

-- Agents by their key ids, with what they are to be told: one question for all that come back at once. Owner's rights,
-- because the organisation is not known before; who asks has the ids already, as with "app.known".
create function find_agents(ids uuid[]) returns table (
  id uuid, org_id uuid, site_id uuid, machine_id uuid, hostname text, status text, public_key bytea,
  link_profile text, link_bytes_per_day bigint, link_bits_per_second bigint,
  link_interval_seconds integer, link_batch_seconds integer)
  language sql stable security definer set search_path = public as $$
  select a.id, a.org_id, a.site_id, a.machine_id, a.hostname, a.status, a.public_key, s.link_profile,
    s.link_bytes_per_day, s.link_bits_per_second, s.link_interval_seconds, s.link_batch_seconds
  from agents a join sites s on s.org_id = a.org_id and s.id = a.site_id
  where a.id = any (ids) $$;
revoke execute on function find_agents(uuid[]) from public;
grant execute on function find_agents(uuid[]) to fernblick_app;

-- New plans for tables that have just grown; owner's rights, because nobody else may look at all rows.
create function refresh_telemetry_statistics() returns void
  language plpgsql security definer set search_path = public set lock_timeout = '2s' as $$
begin
  analyze agents, machines, telemetry_streams, telemetry_entities, telemetry_dictionaries, telemetry_machines;
end $$;
revoke execute on function refresh_telemetry_statistics() from public;
grant execute on function refresh_telemetry_statistics() to fernblick_app;
