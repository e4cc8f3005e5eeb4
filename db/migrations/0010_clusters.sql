-- Kubernetes clusters: what their agents tell of them, and which agent speaks for which.

-- A cluster is the UID of its namespace kube-system. That is only said: a copy of the control plane has it too.
create table clusters (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  site_id uuid not null,
  uid text not null check (length(uid) between 1 and 100), -- "agent:<id>" while another speaks for the claimed one
  agent_id uuid, -- that speaks for it now
  collides_with uuid,
  name text not null check (length(name) between 1 and 253),
  labels jsonb not null default '{}' check (jsonb_typeof(labels) = 'object'),
  -- What is told of it: items of this generation; the name of their state is the sum of their shares.
  generation integer not null default 0,
  state bigint not null default 0,
  -- A whole that is on its way and is shown once it is complete.
  staged_generation integer,
  staged_state bigint,
  told_at timestamptz, -- at the edge, when the newest change was seen
  told_received_at timestamptz, -- here, when it came
  confirmed_at timestamptz, -- here, when the agent last said that this is still all; null = nothing is known yet
  -- What lists, sorting and tiles read. Null = unknown.
  git_version text,
  distribution text,
  provider text,
  region text,
  nodes_total integer,
  nodes_ready integer,
  applications_total integer,
  applications_unwell integer,
  systems_total integer,
  systems_unwell integer,
  cpu_allocatable_cores double precision,
  cpu_requested_cores double precision,
  memory_allocatable_bytes double precision,
  memory_requested_bytes double precision,
  claimed_bytes double precision,
  sources_unknown integer, -- resources of the API that could not be read
  health text not null default 'unknown' check (health in ('healthy', 'degraded', 'failed', 'paused', 'unknown')),
  created_at timestamptz not null default now(),
  unique (org_id, id),
  unique (org_id, uid),
  foreign key (org_id, site_id) references sites (org_id, id)
);
create index clusters_site on clusters (org_id, site_id);
create index clusters_collides on clusters (org_id, collides_with) where collides_with is not null;

-- One row an item (contract/cluster/items.ts).
create table cluster_items (
  org_id uuid not null references organisations (id) on delete cascade,
  cluster_id uuid not null,
  generation integer not null,
  kind text not null check (length(kind) <= 60),
  key text not null check (length(key) <= 800),
  item jsonb not null,
  share bigint not null,
  received_at timestamptz not null default now(),
  primary key (org_id, cluster_id, generation, kind, key),
  foreign key (org_id, cluster_id) references clusters (org_id, id) on delete cascade
);

-- What changed in a cluster and when.
create table cluster_changes (
  org_id uuid not null references organisations (id) on delete cascade,
  id bigint generated always as identity,
  cluster_id uuid not null,
  kind text not null,
  subject text, -- the node, application or system that it is about
  before text,
  after text,
  observed_at timestamptz, -- at the edge; null for what happened here
  received_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, cluster_id) references clusters (org_id, id) on delete cascade
);
create index cluster_changes_recent on cluster_changes (org_id, cluster_id, received_at desc);

alter table clusters enable row level security;
alter table cluster_items enable row level security;
alter table cluster_changes enable row level security;
create policy clusters_tenant on clusters using (org_id = app_org()) with check (org_id = app_org());
create policy cluster_items_tenant on cluster_items using (org_id = app_org()) with check (org_id = app_org());
create policy cluster_changes_tenant on cluster_changes using (org_id = app_org()) with check (org_id = app_org());
grant select, insert, update on clusters to fernblick_app;
grant select, insert, update, delete on cluster_items to fernblick_app;
grant select, insert on cluster_changes to fernblick_app;

alter table agents
  add column cluster_uid text check (length(cluster_uid) between 1 and 100), -- set for an agent in a cluster
  add column cluster_id uuid,
  add constraint agents_cluster foreign key (org_id, cluster_id) references clusters (org_id, id);
create index agents_cluster_id on agents (org_id, cluster_id) where cluster_id is not null;

alter table telemetry_streams
  add column cluster_id uuid,
  add constraint telemetry_streams_cluster foreign key (org_id, cluster_id) references clusters (org_id, id);
create unique index telemetry_streams_of_cluster on telemetry_streams (org_id, cluster_id) where cluster_id is not null;
