-- Who a machine is, in the order system UUID, provider id, machine id, agent; and agents whose key two machines use.

alter table machines drop constraint machines_identity_kind_check;
alter table machines add constraint machines_identity_kind_check
  check (identity_kind in ('system_uuid', 'provider_id', 'machine_id', 'agent', 'sender'));
create index machines_collides on machines (org_id, collides_with) where collides_with is not null;

alter table agents
  add column provider_id text, -- "<provider>:<instance id>", where the machine is a cloud's
  add column os_machine_id text, -- /etc/machine-id: copied along with an image
  -- Since when two processes at a time use this key; null once a person has decided which one keeps it.
  add column shared_since timestamptz,
  -- When data last came whose times could not be corrected, because the clock of that boot was never compared.
  add column clock_unsure_at timestamptz;
-- What agents say of themselves has other fields now; it comes again with their next report.
update agents set report = null where report is not null and not report ? 'spoolMoments';
create index agents_waiting on agents (org_id) where status = 'waiting';
create index agents_list on agents (org_id, (status <> 'waiting'), (status = 'revoked'), enrolled_at desc, id desc);

-- The processes of an agent, as they open sessions: one key is one process at a time. Two that are heard in turns are
-- two machines with one key, which is what a copied disk with the agent's state on it makes.
create table agent_processes (
  org_id uuid not null references organisations (id) on delete cascade,
  agent_id uuid not null,
  epoch bigint not null, -- of the process: starts anew with each and only grows
  boot_id text, -- of the machine, when it tells
  first_seen_at timestamptz not null, -- here
  heard_at timestamptz not null,
  is_rejected boolean not null default false, -- a person gave the key to another process
  primary key (org_id, agent_id, epoch),
  foreign key (org_id, agent_id) references agents (org_id, id) on delete cascade
);
alter table agent_processes enable row level security;
create policy agent_processes_tenant on agent_processes using (org_id = app_org()) with check (org_id = app_org());
grant select, insert, update, delete on agent_processes to fernblick_app;
