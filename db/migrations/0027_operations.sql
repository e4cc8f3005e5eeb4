-- What people start in the console and what takes long: written beside the work, so that others see how far it is.
create table operations (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  kind text not null check (kind in ('sites-import')),
  user_id uuid references users (id) on delete set null,
  label text not null, -- who started it, as the audit log names people
  done integer not null default 0 check (done >= 0),
  total integer not null check (total >= done),
  started_at timestamptz not null default now(),
  heard_at timestamptz not null default now(), -- a program that died says nothing any more
  ended_at timestamptz,
  outcome text check (outcome in ('done', 'failed')),
  check ((ended_at is null) = (outcome is null)),
  unique (org_id, id)
);
create index operations_recent on operations (org_id, started_at desc);
alter table operations enable row level security;
create policy operations_tenant on operations
  using (org_id = (select app_org())) with check (org_id = (select app_org()));
grant select, insert, update, delete on operations to fernblick_app;
