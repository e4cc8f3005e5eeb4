-- Senders of others (OTLP, Prometheus remote write): the tokens they come in with, and what they send.

create table api_tokens (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  name text not null check (length(name) between 1 and 200),
  secret_hash bytea not null check (length(secret_hash) = 32), -- SHA-256; the token itself is shown once
  -- Either all that comes in with it is of this site, or the label of this name says of which one.
  site_id uuid,
  site_label text check (length(site_label) between 1 and 200),
  scopes text[] not null default '{metrics:write}',
  expires_at timestamptz, -- null: until it is revoked
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  last_used_at timestamptz,
  last_agent text check (length(last_agent) <= 200), -- User-Agent of the newest request
  -- The newest request that was refused whole or in part: most senders throw away what is refused, and tell nobody.
  last_problem text check (length(last_problem) <= 500),
  last_problem_at timestamptz,
  unique (org_id, id),
  check ((site_id is null) <> (site_label is null)),
  foreign key (org_id, site_id) references sites (org_id, id)
);
create index api_tokens_org on api_tokens (org_id, created_at desc);

-- One job and instance, or one OTLP resource: what a stream of a sender is. Counters that only know their total become
-- increments here; "state" holds what was settled last and moments that are not complete yet.
create table sender_targets (
  org_id uuid not null references organisations (id) on delete cascade,
  stream_id integer not null,
  sender_id uuid not null,
  host text not null,
  system_uuid text,
  state bytea not null,
  pending_since timestamptz, -- when the oldest moment that waits for its other parts began to come in
  primary key (org_id, stream_id),
  foreign key (org_id, stream_id) references telemetry_streams (org_id, id) on delete cascade,
  foreign key (org_id, sender_id) references api_tokens (org_id, id) on delete cascade
);
create index sender_targets_pending on sender_targets (org_id, pending_since) where pending_since is not null;

-- Whether a machine without an agent is heard, and which kinds are told already.
create index telemetry_streams_sender_machine on telemetry_streams (org_id, machine_id) where sender_id is not null;

-- What a sender sends, by metric name. Figures are for people: they are written every few seconds.
create table sender_metrics (
  org_id uuid not null references organisations (id) on delete cascade,
  sender_id uuid not null,
  name text not null check (length(name) between 1 and 1100),
  type text not null default 'unknown',
  unit text not null default '',
  meaning text not null check (meaning in ('reading', 'fact', 'left_out', 'unknown')),
  series bigint not null default 0,
  samples bigint not null default 0,
  last_seen timestamptz not null,
  kept boolean not null default false,
  primary key (org_id, sender_id, name),
  foreign key (org_id, sender_id) references api_tokens (org_id, id) on delete cascade
);

create index sender_metrics_kept on sender_metrics (org_id, sender_id) where kept;

-- Site names that a label gave and that no site has; their samples were kept out.
create table sender_sites (
  org_id uuid not null references organisations (id) on delete cascade,
  sender_id uuid not null,
  name text not null check (length(name) <= 300), -- empty: the label was missing
  samples bigint not null default 0,
  last_seen timestamptz not null,
  primary key (org_id, sender_id, name),
  foreign key (org_id, sender_id) references api_tokens (org_id, id) on delete cascade
);

-- A machine that only a sender tells of is named by sender and host, until its system UUID is told.
alter table machines drop constraint machines_identity_kind_check;
alter table machines add constraint machines_identity_kind_check
  check (identity_kind in ('system_uuid', 'agent', 'sender'));

alter table api_tokens enable row level security;
alter table sender_targets enable row level security;
alter table sender_metrics enable row level security;
alter table sender_sites enable row level security;

create policy api_tokens_tenant on api_tokens using (org_id = app_org()) with check (org_id = app_org());
create policy api_tokens_known on api_tokens for select using (id::text = app_known());
create policy sender_targets_tenant on sender_targets using (org_id = app_org()) with check (org_id = app_org());
create policy sender_metrics_tenant on sender_metrics using (org_id = app_org()) with check (org_id = app_org());
create policy sender_sites_tenant on sender_sites using (org_id = app_org()) with check (org_id = app_org());

grant select, insert, update on api_tokens, sender_targets, sender_metrics, sender_sites to fernblick_app;
