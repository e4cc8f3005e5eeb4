-- Where a site is, whom to ask, and what it shares with others. Null = unknown: nobody entered it.

alter table sites
  add column region text check (length(region) between 1 and 200),
  add column country text check (country ~ '^[A-Z]{2}$'), -- ISO 3166-1
  add column address text check (length(address) between 1 and 500),
  add column latitude double precision check (latitude between -90 and 90), -- degrees north, WGS 84
  add column longitude double precision check (longitude between -180 and 180), -- degrees east
  add column time_zone text check (length(time_zone) between 1 and 60), -- IANA name
  add column grid_zone text check (length(grid_zone) between 1 and 60), -- of the electricity grid, as Electricity Maps names them
  add column tariff text check (length(tariff) between 1 and 200), -- name of the electricity tariff
  add column pue double precision check (pue between 1 and 10), -- power usage effectiveness (ISO/IEC 30134-2)
  add column contact text check (length(contact) between 1 and 500),
  add column runbook_url text check (runbook_url ~ '^https?://' and length(runbook_url) <= 1000),
  add column carrier text check (length(carrier) between 1 and 200), -- of its link
  add column power_feed text check (length(power_feed) between 1 and 200),
  add column owner text check (length(owner) between 1 and 200),
  add column deputy text check (length(deputy) between 1 and 200),
  -- What is at it is made up by the demo fleet; shown as such wherever it is shown.
  add column is_simulated boolean not null default false,
  add constraint sites_place check ((latitude is null) = (longitude is null));
create index sites_region on sites (org_id, region);
