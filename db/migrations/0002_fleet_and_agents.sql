-- Sites, machines, agents and how agents come in.

create table sites (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  labels jsonb not null default '{}' check (jsonb_typeof(labels) = 'object'),
  created_at timestamptz not null default now(),
  unique (org_id, id)
);
create unique index sites_name on sites (org_id, lower(name));
create index sites_labels on sites using gin (labels jsonb_path_ops);

-- A machine is its system UUID; where firmware gives none that can be trusted, it is the agent on it.
create table machines (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  site_id uuid not null,
  identity_kind text not null check (identity_kind in ('system_uuid', 'agent')),
  identity_value text not null,
  -- The agent that speaks for it now; a second one that claims the same identity gets a machine of its own.
  agent_id uuid,
  collides_with uuid,
  name text not null,
  labels jsonb not null default '{}' check (jsonb_typeof(labels) = 'object'),
  facts jsonb not null default '{}',
  facts_observed_at timestamptz,
  facts_received_at timestamptz,
  -- What lists, sorting and tiles read, kept by the gateway from the newest readings. Null = unknown, reason in "unknown".
  cores_logical double precision,
  cpu_used_ratio double precision,
  load1 double precision,
  memory_total_bytes double precision,
  memory_used_bytes double precision,
  filesystem_used_ratio_max double precision,
  filesystem_fullest_key text,
  temperature_celsius_max double precision,
  power_watts double precision,
  unknown jsonb not null default '{}',
  readings_observed_at timestamptz,
  readings_received_at timestamptz,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  unique (org_id, identity_kind, identity_value),
  foreign key (org_id, site_id) references sites (org_id, id)
);
create index machines_site on machines (org_id, site_id);

create table join_tokens (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  site_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  token_hash bytea not null unique, -- SHA-256; the token itself is shown once
  labels jsonb not null default '{}' check (jsonb_typeof(labels) = 'object'), -- given to machines that come in with it
  uses_max integer not null check (uses_max between 1 and 100000),
  uses_count integer not null default 0 check (uses_count >= 0 and uses_count <= uses_max),
  is_approval_required boolean not null default false,
  expires_at timestamptz not null,
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  unique (org_id, id),
  foreign key (org_id, site_id) references sites (org_id, id)
);
create index join_tokens_org on join_tokens (org_id, created_at desc);

create table agents (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  site_id uuid not null,
  machine_id uuid, -- null while it waits for approval: until then it may not speak for any machine
  join_token_id uuid not null,
  public_key bytea not null unique check (length(public_key) = 32), -- Ed25519, raw
  status text not null check (status in ('waiting', 'active', 'revoked')),
  hostname text not null,
  platform text not null,
  system_uuid text,
  system_serial text,
  version text not null,
  enrolled_at timestamptz not null default now(),
  approved_at timestamptz,
  revoked_at timestamptz,
  interval_seconds real not null,
  last_received_at timestamptz, -- here
  last_observed_at timestamptz, -- at the edge
  clock_offset_seconds real, -- here minus edge, at the last push
  report jsonb, -- what the agent last said of itself: spool, drops, memory
  state_epoch bigint not null default 0, -- of the newest batch seen, so that late ones never overwrite newer state
  state_sequence bigint not null default 0,
  ignored_entities bigint not null default 0,
  ignored_readings bigint not null default 0,
  unique (org_id, id),
  foreign key (org_id, site_id) references sites (org_id, id),
  foreign key (org_id, machine_id) references machines (org_id, id),
  foreign key (org_id, join_token_id) references join_tokens (org_id, id)
);
create index agents_org on agents (org_id, enrolled_at desc);
create index agents_machine on agents (org_id, machine_id);

-- What changed in the fleet and when: the timeline.
create table fleet_changes (
  org_id uuid not null references organisations (id) on delete cascade,
  id bigint generated always as identity,
  machine_id uuid not null,
  kind text not null,
  before text,
  after text,
  observed_at timestamptz, -- at the edge; null for what happened here
  received_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, machine_id) references machines (org_id, id) on delete cascade
);
create index fleet_changes_recent on fleet_changes (org_id, received_at desc);
create index fleet_changes_machine on fleet_changes (org_id, machine_id, received_at desc);

alter table sites enable row level security;
alter table machines enable row level security;
alter table join_tokens enable row level security;
alter table agents enable row level security;
alter table fleet_changes enable row level security;

create policy sites_tenant on sites using (org_id = app_org()) with check (org_id = app_org());
create policy machines_tenant on machines using (org_id = app_org()) with check (org_id = app_org());
create policy join_tokens_tenant on join_tokens using (org_id = app_org()) with check (org_id = app_org());
create policy join_tokens_known on join_tokens for select using (encode(token_hash, 'hex') = app_known());
create policy agents_tenant on agents using (org_id = app_org()) with check (org_id = app_org());
create policy agents_known on agents for select using (id::text = app_known());
create policy fleet_changes_tenant on fleet_changes using (org_id = app_org()) with check (org_id = app_org());

grant select, insert, update on sites, machines, join_tokens, agents to fernblick_app;
grant select, insert on fleet_changes to fernblick_app;
