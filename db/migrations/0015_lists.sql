-- What lists read: applications as flat rows, and views that people keep.

-- The applications that a cluster's newest whole has, kept with it; the items themselves stay in cluster_items.
create table cluster_applications (
  org_id uuid not null references organisations (id) on delete cascade,
  cluster_id uuid not null,
  key text not null check (length(key) <= 800), -- <namespace>/<name>
  namespace text not null,
  name text not null,
  health text not null check (health in ('healthy', 'degraded', 'failed', 'paused', 'unknown')),
  health_changed_at timestamptz, -- here; null = it has not changed since this console knows it
  version text,
  kept_by text, -- what says that its workloads belong together
  workloads integer,
  wanted integer, -- replicas
  ready integer,
  primary key (org_id, cluster_id, key),
  foreign key (org_id, cluster_id) references clusters (org_id, id) on delete cascade
);
alter table cluster_applications enable row level security;
create policy cluster_applications_tenant on cluster_applications
  using (org_id = app_org()) with check (org_id = app_org());
grant select, insert, update, delete on cluster_applications to fernblick_app;

-- A count of replicas as an agent tells it; null for anything that is none.
create function told_count(told jsonb) returns integer language sql immutable
  as $$ select case when jsonb_typeof(told) = 'number' then least(greatest(told::numeric, 0), 2147483647)::int end $$;

insert into cluster_applications (org_id, cluster_id, key, namespace, name, health, version, kept_by, workloads, wanted, ready)
select i.org_id, i.cluster_id, i.key, split_part(i.key, '/', 1), coalesce(nullif(substr(i.key, strpos(i.key, '/') + 1), ''), i.key),
  case when i.item ->> 'health' in ('healthy', 'degraded', 'failed', 'paused') then i.item ->> 'health' else 'unknown' end,
  i.item ->> 'version', i.item ->> 'by', told_count(i.item -> 'workloads'), told_count(i.item -> 'wanted'), told_count(i.item -> 'ready')
from cluster_items i
join clusters c on c.org_id = i.org_id and c.id = i.cluster_id and c.generation = i.generation
where i.kind = 'application';

-- A list as somebody wants to find it again: its address without the path.
create table saved_views (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  list text not null check (list in ('clusters', 'machines', 'applications')),
  name text not null check (length(name) between 1 and 100),
  user_id uuid references users (id) on delete cascade, -- whose it is; null = the team's
  query text not null check (length(query) <= 4000),
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  unique (org_id, id)
);
create unique index saved_views_name on saved_views (org_id, list, user_id, lower(name)) nulls not distinct;
alter table saved_views enable row level security;
create policy saved_views_tenant on saved_views
  using (org_id = app_org() and (user_id is null or user_id = app_user()))
  with check (org_id = app_org() and (user_id is null or user_id = app_user()));
grant select, insert, update, delete on saved_views to fernblick_app;

-- The same rules as before, asked once a statement: what a policy calls for each row costs lists more than the rows do.
alter policy sites_tenant on sites using (org_id = (select app_org())) with check (org_id = (select app_org()));
alter policy machines_tenant on machines using (org_id = (select app_org())) with check (org_id = (select app_org()));
alter policy clusters_tenant on clusters using (org_id = (select app_org())) with check (org_id = (select app_org()));
alter policy agents_tenant on agents using (org_id = (select app_org())) with check (org_id = (select app_org()));
alter policy agents_known on agents using (id::text = (select app_known()));
alter policy cluster_applications_tenant on cluster_applications
  using (org_id = (select app_org())) with check (org_id = (select app_org()));
