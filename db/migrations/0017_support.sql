-- End of support over the fleet: which versions run where, and calendars that people subscribe to.

-- Versions in a cluster by support period (`1.33`; PostgreSQL `17`; empty: not told, or no version). Kept with its items,
-- so that no view of the fleet has to read these.

-- What runs in it, as `flux 2.5`: one row a cluster, because the fleet is counted at every look.
create table cluster_versions (
  org_id uuid not null references organisations (id) on delete cascade,
  cluster_id uuid not null,
  running text[] not null,
  primary key (org_id, cluster_id),
  foreign key (org_id, cluster_id) references clusters (org_id, id) on delete cascade
);

create table cluster_kubelets (
  org_id uuid not null references organisations (id) on delete cascade,
  cluster_id uuid not null,
  cycle text not null check (length(cycle) <= 60),
  nodes integer not null,
  control_plane_nodes integer not null, -- of these
  primary key (org_id, cluster_id, cycle),
  foreign key (org_id, cluster_id) references clusters (org_id, id) on delete cascade
);

/* The support period of a version; the same rule as `cycleOf` in server/support/model.ts, which a test holds together. */
create function version_cycle(version text) returns text language sql immutable as $$
  select coalesce(substring(' ' || version from '(?:^|[^\d.])v?(\d+\.\d+)(?:[.\-+\s]|$)'), '')
$$;

/* What the items of one generation tell to run: container runtimes, systems, and databases of CloudNativePG. */
create function told_running(of_org uuid, of_cluster uuid, of_generation integer) returns text[]
language sql stable as $$
  select coalesce(array_agg(distinct told.component || ' ' || told.cycle), '{}') from (
    select split_part(item->>'containerRuntime', '://', 1) as component,
      version_cycle(split_part(item->>'containerRuntime', '://', 2)) as cycle
    from cluster_items where org_id = of_org and cluster_id = of_cluster and generation = of_generation and kind = 'node'
      and item->>'containerRuntime' like '%://%'
    union
    select key, version_cycle(item->>'version')
    from cluster_items where org_id = of_org and cluster_id = of_cluster and generation = of_generation and kind = 'system'
    union
    -- "…/postgresql:17.5-bookworm@sha256:…": one period of support covers all of 17.
    select 'postgresql', coalesce(substring(split_part(item->'texts'->>'image', '@', 1) from ':(\d+)[^:/]*$'), '')
    from cluster_items where org_id = of_org and cluster_id = of_cluster and generation = of_generation and kind = 'part'
      and key like 'cloudnative\_pg/Cluster/%') told
$$;

create function told_kubelets(of_org uuid, of_cluster uuid, of_generation integer)
returns table (cycle text, nodes integer, control_plane_nodes integer)
language sql stable as $$
  select version_cycle(item->>'kubeletVersion'), count(*)::integer,
    (count(*) filter (where item->'roles' ?| array['control-plane', 'controlplane', 'master']))::integer
  from cluster_items where org_id = of_org and cluster_id = of_cluster and generation = of_generation and kind = 'node'
  group by 1
$$;

insert into cluster_versions (org_id, cluster_id, running)
select org_id, id, told_running(org_id, id, generation) from clusters where generation > 0;
insert into cluster_kubelets (org_id, cluster_id, cycle, nodes, control_plane_nodes)
select c.org_id, c.id, t.* from clusters c, lateral told_kubelets(c.org_id, c.id, c.generation) t;

-- The address of a person's calendar of ends of support. It works as long as its person may see the fleet.
create table support_feeds (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  user_id uuid not null,
  secret_hash bytea not null check (length(secret_hash) = 32), -- SHA-256; the address itself is shown once
  language text not null check (language in ('en', 'de')),
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  last_used_at timestamptz,
  -- Who leaves the organisation loses the calendar; who comes back makes a new one.
  foreign key (org_id, user_id) references memberships (org_id, user_id) on delete cascade
);
-- One for each person: a new one takes the place of the one before.
create unique index support_feeds_of_person on support_feeds (org_id, user_id) where revoked_at is null;

alter table cluster_versions enable row level security;
alter table cluster_kubelets enable row level security;
alter table support_feeds enable row level security;
create policy cluster_versions_tenant on cluster_versions using (org_id = app_org()) with check (org_id = app_org());
create policy cluster_kubelets_tenant on cluster_kubelets using (org_id = app_org()) with check (org_id = app_org());
create policy support_feeds_tenant on support_feeds using (org_id = app_org()) with check (org_id = app_org());
create policy support_feeds_known on support_feeds for select using (id::text = app_known());
grant select, insert, update, delete on cluster_versions, cluster_kubelets to fernblick_app;
grant select, insert, update on support_feeds to fernblick_app;
