-- Outages: what went dark together, the cause that it shares, and who is still dark.

create table outages (
  org_id uuid not null references organisations (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  cause text not null check (cause in ('factor', 'everything', 'none')),
  factors jsonb not null default '[]' check (jsonb_typeof(factors) = 'array'), -- what names it: kind and value
  confidence text not null check (confidence in ('strong', 'likely', 'possible')),
  evidence jsonb not null default '[]' check (jsonb_typeof(evidence) = 'array'), -- of all sites: only for who sees all
  peers jsonb not null check (jsonb_typeof(peers) = 'object'), -- things and sites that share the factor; the same
  began_from timestamptz not null, -- the first member was heard for the last time
  began_to timestamptz not null, -- the last member would have been heard again
  noticed_at timestamptz not null default now(),
  ended_at timestamptz, -- nobody is dark any more
  merged_into uuid, -- turned out to be part of this one
  updated_at timestamptz not null default now(),
  primary key (org_id, id)
);
create index outages_recent on outages (org_id, began_from desc);
create index outages_open on outages (org_id) where ended_at is null;

create table outage_members (
  org_id uuid not null references organisations (id) on delete cascade,
  outage_id uuid not null,
  agent_id uuid not null,
  is_sure boolean not null, -- false: a fact that names the outage is unknown of it
  dark_from timestamptz not null, -- last heard
  dark_to timestamptz not null, -- one interval later
  outcome text check (outcome in ('returned', 'removed')), -- null: still dark
  ended_at timestamptz, -- when that was
  primary key (org_id, outage_id, agent_id),
  check ((outcome is null) = (ended_at is null)),
  foreign key (org_id, outage_id) references outages (org_id, id) on delete cascade,
  foreign key (org_id, agent_id) references agents (org_id, id) on delete cascade
);
-- Nobody is dark in two outages.
create unique index outage_members_dark on outage_members (org_id, agent_id) where outcome is null;

alter table outages enable row level security;
alter table outage_members enable row level security;
create policy outages_tenant on outages using (org_id = app_org()) with check (org_id = app_org());
create policy outage_members_tenant on outage_members using (org_id = app_org()) with check (org_id = app_org());
grant select, insert, update, delete on outages, outage_members to fernblick_app;

-- While no gateway runs, nobody can be heard: that silence says nothing of the fleet. Of no organisation.
create table gateway_runs (
  id uuid primary key,
  started_at timestamptz not null default now(),
  heard_at timestamptz not null default now() -- last sign of life of this process
);
grant select, insert, update, delete on gateway_runs to fernblick_app;

-- Recent changes of all clusters.
create index cluster_changes_newest on cluster_changes (org_id, received_at desc);
