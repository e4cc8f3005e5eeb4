-- Who did what. Append-only: nobody is granted update or delete.
create table audit_entries (
  org_id uuid not null references organisations (id) on delete cascade,
  id bigint generated always as identity,
  at timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('user', 'agent', 'system')),
  actor_id uuid,
  actor_label text not null,
  action text not null,
  subject_kind text not null,
  subject_id text,
  subject_label text,
  details jsonb not null default '{}',
  primary key (org_id, id)
);
create index audit_entries_recent on audit_entries (org_id, at desc);

alter table audit_entries enable row level security;
create policy audit_entries_tenant on audit_entries using (org_id = app_org()) with check (org_id = app_org());
grant select, insert on audit_entries to fernblick_app;
