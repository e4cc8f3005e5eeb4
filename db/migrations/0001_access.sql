-- Tenants, people, roles, sessions. Row-level security from the first table on.
--
-- Two group roles own no table: fernblick_app (console, gateway) and fernblick_worker (its job queue besides).
-- Login roles are made at start and are members of these; they are neither owner nor superuser, so policies bind them.

do $$ begin
  if not exists (select from pg_roles where rolname = 'fernblick_app') then create role fernblick_app nologin; end if;
  if not exists (select from pg_roles where rolname = 'fernblick_worker') then create role fernblick_worker nologin; end if;
exception when duplicate_object or unique_violation then null; -- two migrations of one server at the same time
end $$;

grant usage on schema public to fernblick_app;

-- Settings of the running transaction. After a transaction a local setting reads '' and not null, hence nullif.
create function app_org() returns uuid language sql stable
  as $$ select nullif(current_setting('app.org', true), '')::uuid $$;
create function app_user() returns uuid language sql stable
  as $$ select nullif(current_setting('app.user', true), '')::uuid $$;
-- The one thing that the caller has named and thereby proved to know before its organisation is known:
-- a session id, an agent id, the hash of a token (hex), an e-mail, or "issuer subject" of an identity provider.
create function app_known() returns text language sql stable
  as $$ select nullif(current_setting('app.known', true), '') $$;

create table organisations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);

-- A person; may belong to several organisations.
create table users (
  id uuid primary key default gen_random_uuid(),
  email text not null unique check (email = lower(email) and length(email) between 3 and 320),
  name text not null check (length(name) between 1 and 200),
  password_hash text, -- argon2id; null for people who sign in through an identity provider only
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);

create table memberships (
  org_id uuid not null references organisations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'operator', 'viewer', 'auditor')),
  scope_selector text check (length(scope_selector) between 1 and 1000), -- null: all sites
  created_at timestamptz not null default now(),
  primary key (org_id, user_id)
);
create index memberships_user on memberships (user_id);

-- Who a person is at an identity provider (OpenID Connect issuer and subject).
create table user_identities (
  issuer text not null,
  subject text not null,
  user_id uuid not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (issuer, subject)
);

-- The signed cookie names a row here; without a live row it is worth nothing. That is how a session can be revoked.
create table user_sessions (
  id uuid primary key,
  org_id uuid not null references organisations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  user_agent text,
  foreign key (org_id, user_id) references memberships (org_id, user_id) on delete cascade
);
create index user_sessions_user on user_sessions (user_id, created_at desc);

create table invitations (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references organisations (id) on delete cascade,
  email text not null check (email = lower(email) and length(email) between 3 and 320),
  role text not null check (role in ('owner', 'admin', 'operator', 'viewer', 'auditor')),
  scope_selector text check (length(scope_selector) between 1 and 1000),
  token_hash bytea not null unique, -- SHA-256; the link itself is shown once
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create index invitations_org on invitations (org_id, created_at desc);

-- Counters of the sign-in limit, in the shape that the rate limiter library keeps.
create table sign_in_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);

alter table organisations enable row level security;
alter table users enable row level security;
alter table memberships enable row level security;
alter table user_identities enable row level security;
alter table user_sessions enable row level security;
alter table invitations enable row level security;

create policy organisations_read on organisations for select using (
  id = app_org() or exists (select from memberships m where m.org_id = organisations.id and m.user_id = app_user()));

create policy memberships_tenant on memberships using (org_id = app_org()) with check (org_id = app_org());
create policy memberships_own on memberships for select using (user_id = app_user());

create policy users_read on users for select using (
  id = app_user() or email = app_known()
  or exists (select from memberships m where m.user_id = users.id and m.org_id = app_org()));
create policy users_create on users for insert with check (email = app_known());
create policy users_own on users for update using (id = app_user()) with check (id = app_user());

create policy user_identities_read on user_identities for select using (
  user_id = app_user() or issuer || ' ' || subject = app_known());
create policy user_identities_create on user_identities for insert with check (user_id = app_user());

create policy user_sessions_tenant on user_sessions using (org_id = app_org()) with check (org_id = app_org());
create policy user_sessions_known on user_sessions for select using (id::text = app_known());

create policy invitations_tenant on invitations using (org_id = app_org()) with check (org_id = app_org());
create policy invitations_known on invitations for select using (encode(token_hash, 'hex') = app_known());

grant select on organisations to fernblick_app;
grant select, insert, update on users to fernblick_app;
grant select, insert, update, delete on memberships to fernblick_app;
grant select, insert on user_identities to fernblick_app;
grant select, insert, update, delete on user_sessions to fernblick_app;
grant select, insert, update on invitations to fernblick_app;
grant select, insert, update, delete on sign_in_limits to fernblick_app;

-- The worker goes through the organisations one by one; this is the only way to see all of them.
create function list_organisation_ids() returns setof uuid language sql stable security definer
  set search_path = public as $$ select id from organisations order by created_at, id $$;
revoke execute on function list_organisation_ids() from public;
grant execute on function list_organisation_ids() to fernblick_worker;
