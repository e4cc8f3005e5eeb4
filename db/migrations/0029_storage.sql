-- What fills: pools and volumes of all clusters as flat rows, each with what is forecast of it and from what.
create table storage_units (
  org_id uuid not null references organisations (id) on delete cascade,
  cluster_id uuid not null,
  kind text not null check (kind in ('pool', 'volume')),
  key text not null check (length(key) <= 1200), -- as the agent calls it
  name text not null,
  namespace text, -- of a volume's claim
  class text, -- storage class of a volume, system of a pool
  raw_bytes double precision,
  reserved_bytes double precision,
  provisioned_bytes double precision,
  used_bytes double precision,
  available_bytes double precision,
  formula text not null,
  capacity_bytes double precision, -- what it is full at
  verdict text not null check (verdict in ('unknown', 'not_enough_data', 'full', 'filling', 'steady')),
  full_from timestamptz,
  full_likely timestamptz,
  full_to timestamptz,
  bytes_per_day double precision,
  based_at timestamptz, -- newest reading that all of this is made of
  basis jsonb not null,
  computed_at timestamptz not null,
  full_order timestamptz, -- what the list is ordered by; infinity = later than can be told, or no trend; null = unknown
  primary key (org_id, cluster_id, kind, key),
  foreign key (org_id, cluster_id) references clusters (org_id, id) on delete cascade
);
create index storage_units_full on storage_units (org_id, full_order, lower(name));
alter table storage_units enable row level security;
create policy storage_units_tenant on storage_units
  using (org_id = (select app_org())) with check (org_id = (select app_org()));
grant select, insert, update, delete on storage_units to fernblick_app;

-- When the units of a cluster were worked out last, and how many there are: what lists count where every unit counts.
create table storage_looks (
  org_id uuid not null references organisations (id) on delete cascade,
  cluster_id uuid not null,
  looked_at timestamptz not null, -- -infinity = it is its turn
  units integer not null,
  units_told integer not null, -- of which it is known how much is used
  primary key (org_id, cluster_id),
  foreign key (org_id, cluster_id) references clusters (org_id, id) on delete cascade
);
alter table storage_looks enable row level security;
create policy storage_looks_tenant on storage_looks
  using (org_id = (select app_org())) with check (org_id = (select app_org()));
grant select, insert, update, delete on storage_looks to fernblick_app;

alter table saved_views drop constraint saved_views_list_check;
alter table saved_views add constraint saved_views_list_check
  check (list in ('clusters', 'machines', 'applications', 'storage'));
