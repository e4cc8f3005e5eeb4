-- End of support over the fleet: which versions run where, and calendars that people subscribe to.

-- What of a cluster has a version, by support period (`1.33`; PostgreSQL `17`). Kept with its items, so that no view of
-- the fleet has to read these.
create table cluster_versions (
  org_id uuid not null references organisations (id) on delete cascade,
  cluster_id uuid not null,
  component text not null check (length(component) <= 800), -- kubelet, the container runtime, postgresql, or a system's name
  cycle text not null check (length(cycle) <= 60), -- empty: not told, or no version
  nodes integer, -- null for what is of the whole cluster
  control_plane_nodes integer, -- of these
  primary key (org_id, cluster_id, component, cycle),
  foreign key (org_id, cluster_id) references clusters (org_id, id) on delete cascade
);

/* The versions that the items of one generation tell; the same rule as `cycleOf` in server/support/model.ts. */
create function told_versions(of_org uuid, of_cluster uuid, of_generation integer)
returns table (component text, cycle text, nodes integer, control_plane_nodes integer)
language sql stable as $$
  with told as (
    select 'kubelet' as component, item->>'kubeletVersion' as version, 1 as nodes,
      (item->'roles' ?| array['control-plane', 'controlplane', 'master'])::int as control_plane_nodes
    from cluster_items where org_id = of_org and cluster_id = of_cluster and generation = of_generation and kind = 'node'
    union all
    select split_part(item->>'containerRuntime', '://', 1), split_part(item->>'containerRuntime', '://', 2), 1,
      (item->'roles' ?| array['control-plane', 'controlplane', 'master'])::int
    from cluster_items where org_id = of_org and cluster_id = of_cluster and generation = of_generation and kind = 'node'
      and item->>'containerRuntime' like '%://%'
    union all
    select key, item->>'version', null, null
    from cluster_items where org_id = of_org and cluster_id = of_cluster and generation = of_generation and kind = 'system'
    union all
    -- "…/postgresql:17.5-bookworm@sha256:…": one period of support covers all of 17.
    select 'postgresql', substring(split_part(item->'texts'->>'image', '@', 1) from ':(\d+)[^:/]*$') || '.0', null, null
    from cluster_items where org_id = of_org and cluster_id = of_cluster and generation = of_generation and kind = 'part'
      and key like 'cloudnative\_pg/Cluster/%'
  )
  select component,
    case when component = 'postgresql' then coalesce(split_part(version, '.', 1), '')
      else coalesce(substring(' ' || version from '(?:^|[^\d.])v?(\d+\.\d+)(?:[.\-+\s]|$)'), '') end as cycle,
    sum(nodes)::integer, sum(control_plane_nodes)::integer
  from told group by 1, 2
$$;

insert into cluster_versions (org_id, cluster_id, component, cycle, nodes, control_plane_nodes)
select c.org_id, c.id, t.* from clusters c, lateral told_versions(c.org_id, c.id, c.generation) t;

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
alter table support_feeds enable row level security;
create policy cluster_versions_tenant on cluster_versions using (org_id = app_org()) with check (org_id = app_org());
create policy support_feeds_tenant on support_feeds using (org_id = app_org()) with check (org_id = app_org());
create policy support_feeds_known on support_feeds for select using (id::text = app_known());
grant select, insert, update, delete on cluster_versions to fernblick_app;
grant select, insert, update on support_feeds to fernblick_app;
