-- What can be found: one document a thing, kept by triggers in the transaction that changes the thing. No extension:
-- words are lexemes of a tsvector made here, so that exact words, prefixes and all-of-these are one GIN index.

-- The kind of a document as the letter in its lexemes; also the order of the groups in an answer.
create function search_letter(kind text) returns text language sql immutable parallel safe
  as $$ select case kind when 'site' then 's' when 'cluster' then 'c' when 'machine' then 'm' when 'node' then 'n'
    when 'application' then 'a' when 'claim' then 'v' when 'volume' then 'p' end $$;

-- What stands before each lexeme, so that a search reads the entries of one organisation and one kind only. Two
-- organisations may share it: row-level security and the condition on org_id say whose a document is.
create function search_scope(org uuid, kind text) returns text language sql immutable parallel safe
  as $$ select substr(md5(org::text), 1, 3) || search_letter(kind) $$;

-- Lower case without accents; is_long: ö is oe and not o. `fold` in server/search/model.ts does the same, and a test
-- holds the two together.
create function search_fold(value text, is_long boolean) returns text language plpgsql immutable parallel safe as $$
declare
  folded text := lower(value);
begin
  if octet_length(folded) = length(folded) then return folded; end if;
  folded := lower(normalize(value, NFC));
  -- Letters that are two; where the collation of the database has no lower case for them, they are capital still.
  folded := replace(replace(replace(folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
  if is_long then
    folded := replace(replace(replace(replace(replace(folded, 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ø', 'oe'), 'å', 'aa');
    folded := replace(replace(replace(replace(replace(folded, 'Ä', 'ae'), 'Ö', 'oe'), 'Ü', 'ue'), 'Ø', 'oe'), 'Å', 'aa');
  end if;
  return translate(folded,
    'äöüøåàáâãçèéêëìíîïñòóôõùúûýÿăąāćčďđęěēėğģīįıķłļńňņőōřśşšșťţțůűūųźżžÄÖÜØÅÀÁÂÃÇÈÉÊËÌÍÎÏÑÒÓÔÕÙÚÛÝŸĂĄĀĆČĎĐĘĚĒĖĞĢĪĮĶŁĻŃŇŅŐŌŘŚŞŠȘŤŢȚŮŰŪŲŹŻŽ',
    'aouoaaaaaceeeeiiiinoooouuuyyaaaccddeeeeggiiikllnnnoorsssstttuuuuzzzaouoaaaaaceeeeiiiinoooouuuyyaaaccddeeeeggiikllnnnoorsssstttuuuuzzz');
end $$;

-- The words of some texts: each run of signs as it stands, and its parts, unless it is an address, a version, or an id,
-- whose parts mean nothing. `edge0412` is also found by `0412`.
create function search_tokens(texts text[]) returns text[] language plpgsql immutable parallel safe as $$
declare
  value text;
  folded text;
  word text;
  part text;
  digits text;
  tokens text[] := '{}';
begin
  foreach value in array texts loop
    continue when value is null or value = '';
    for round in 1..2 loop
      folded := search_fold(left(value, 300), round = 2);
      exit when round = 2 and octet_length(value) = length(value);
      foreach word in array regexp_split_to_array(folded, '[\s,;()"'']+') loop
        continue when word = '';
        word := left(word, 120);
        tokens := tokens || word;
        if word ~ '^v[0-9]+\.' then tokens := tokens || substr(word, 2); end if;
        continue when word !~ '[^a-z0-9]' and word !~ '^[a-z]{2,}[0-9]+$';
        continue when word ~ '^v?[0-9]+[.:][0-9]' or word ~ '[0-9a-f]{8}-[0-9a-f]{4}-' or word ~ ':.*:';
        foreach part in array regexp_split_to_array(word, '[-_./:=@+#|\\]+') loop
          continue when part = '';
          tokens := tokens || part;
          digits := substring(part from '^[a-z]{2,}([0-9]+)$');
          if digits is not null then tokens := tokens || digits; end if;
        end loop;
      end loop;
    end loop;
  end loop;
  return tokens;
end $$;

-- The texts that a thing itself is found by, its title first.
create function search_item_texts(kind text, key text, item jsonb) returns text[] language sql immutable parallel safe
  as $$ select case kind
    when 'node' then array[key, item->>'uid', item->>'systemUuid', item->>'machineId', item->>'providerId',
      item->>'kubeletVersion', array_to_string(array(select jsonb_array_elements_text(
        case jsonb_typeof(item->'internalIps') when 'array' then item->'internalIps' else '[]' end)), ' ')]
    when 'application' then array[coalesce(item->>'name', key), item->>'namespace', item->>'version', item->>'managedBy']
    when 'claim' then array[coalesce(item->>'name', key), item->>'namespace', item->>'uid', item->>'volume']
    when 'volume' then case when item->>'claim' is null then array[key, item->>'handle'] end
  end $$;

create function search_label_texts(labels jsonb) returns text[] language sql immutable parallel safe
  as $$ select array(select key || '=' || value from jsonb_each_text(labels)) $$;

create table search_documents (
  org_id uuid not null,
  thing_id uuid not null, -- of the site, machine or cluster; for what a cluster consists of, of the cluster
  kind text not null check (search_letter(kind) is not null),
  key text not null default '', -- of the item in its cluster; '' for a site, machine or cluster
  site_id uuid not null,
  title text not null,
  title_key text collate "C" not null, -- folded
  words tsvector not null, -- scope || word; scope || '~' || word for words of what is around it
  primary key (org_id, thing_id, kind, key)
);
create index search_documents_words on search_documents using gin (words);
create index search_documents_title on search_documents (org_id, kind, title_key);
create index search_documents_site on search_documents (org_id, site_id);

-- Words of letters that were ever in a document, by the ways to miss them by a letter: what typing errors are put right
-- with. The worker forgets what no document holds any more.
create table search_words (
  org_id uuid not null references organisations (id) on delete cascade,
  word text collate "C" not null,
  near text[] not null,
  primary key (org_id, word)
);
create index search_words_near on search_words using gin (near);

-- Words that are not in there yet; the worker takes them over every minute. Rows are only added here, so that two
-- transactions that bring the same new word never wait for each other.
create table search_new_words (
  id bigint generated always as identity primary key,
  org_id uuid not null references organisations (id) on delete cascade,
  words text[] not null
);

alter table search_documents enable row level security;
alter table search_words enable row level security;
alter table search_new_words enable row level security;
create policy search_documents_tenant on search_documents using (org_id = app_org()) with check (org_id = app_org());
create policy search_words_tenant on search_words using (org_id = app_org()) with check (org_id = app_org());
create policy search_new_words_tenant on search_new_words using (org_id = app_org()) with check (org_id = app_org());
grant select, insert, update, delete on search_documents to fernblick_app;
grant select, insert, delete on search_words to fernblick_app;
grant select, insert, update, delete on search_new_words to fernblick_app;

-- The first 9 letters at most: a prefix of each length, and each of them with one letter left out.
create function search_near(word text) returns text[] language sql immutable parallel safe as $$
  select array(select distinct key from generate_series(least(4, length(word)), least(9, length(word))) size,
    lateral (select left(word, size) as key union all
      select left(word, place - 1) || substr(left(word, size), place + 1) from generate_series(1, size) place) keys)
$$;

create function search_words_of(org uuid, kind text, own text[], around text[]) returns tsvector
language sql immutable parallel safe as $$
  select array_to_tsvector(array(select search_scope(org, kind) || word from unnest(own) word)
    || array(select search_scope(org, kind) || '~' || word from unnest(around) word))
$$;

-- Keeps words of letters that are not known yet, of documents that were just written.
create function search_note_words(org uuid, documents tsvector[]) returns void language plpgsql as $$
declare
  found text[];
begin
  select array_agg(w.word) into found from (
    select distinct substr(lexeme, 5) as word from unnest(documents) d, lateral unnest(tsvector_to_array(d)) lexeme
    where lexeme ~ '^....[a-z]{4,30}$') w
  where not exists (select from search_words k where k.org_id = org and k.word = w.word);
  if found is not null then insert into search_new_words (org_id, words) values (org, found); end if;
end $$;

create type search_draft as (thing_id uuid, kind text, key text, site_id uuid, texts text[], around text[]);

-- Writes documents; one that is as it was is not touched.
create function search_write(org uuid, drafts search_draft[]) returns void language plpgsql as $$
declare
  written tsvector[];
begin
  with saved as (
    insert into search_documents as d (org_id, thing_id, kind, key, site_id, title, title_key, words)
    select org, t.thing_id, t.kind, t.key, t.site_id, t.texts[1], left(search_fold(t.texts[1], true), 300),
      search_words_of(org, t.kind, search_tokens(t.texts), t.around)
    from unnest(drafts) t
    on conflict (org_id, thing_id, kind, key) do update
      set site_id = excluded.site_id, title = excluded.title, title_key = excluded.title_key, words = excluded.words
      where d.site_id <> excluded.site_id or d.title <> excluded.title or d.words <> excluded.words
    returning words)
  select array_agg(words) into written from saved;
  if written is not null then perform search_note_words(org, written); end if;
end $$;

-- The documents of everything that a cluster consists of are those of the items that are shown now.
create function search_sync_items(org uuid, cluster uuid) returns void language plpgsql as $$
declare
  drafts search_draft[];
begin
  select array_agg(row(c.id, i.kind, i.key, c.site_id, i.texts, i.around)::search_draft) into drafts
  from clusters c join sites s on s.org_id = c.org_id and s.id = c.site_id
  cross join lateral (select search_tokens(array[c.name, s.name]) as around offset 0) a
  cross join lateral (select i.kind, i.key, search_item_texts(i.kind, i.key, i.item) as texts, a.around
    from cluster_items i where i.org_id = c.org_id and i.cluster_id = c.id and i.generation = c.generation
      and i.kind in ('node', 'application', 'claim', 'volume')) i
  where c.org_id = org and c.id = cluster and i.texts is not null;
  delete from search_documents d where d.org_id = org and d.thing_id = cluster and d.kind <> 'cluster'
    and not exists (select from unnest(drafts) t where t.kind = d.kind and t.key = d.key);
  if drafts is not null then perform search_write(org, drafts); end if;
end $$;

-- Who writes words of what is around a thing holds its site, so that a rename waits, or is seen. Taken before any
-- document at the site is written: a rename, which has the site, then never waits for one who waits for it.
create function search_hold_site(org uuid, site uuid) returns void language plpgsql as $$
begin
  perform from sites s where s.org_id = org and s.id = site for share;
end $$;

create function search_write_cluster(org uuid, cluster uuid) returns void language sql as $$
  select search_write(org, array_agg(row(c.id, 'cluster', '', c.site_id,
    array[c.name, c.uid, c.git_version, c.distribution, c.provider, c.region] || search_label_texts(c.labels),
    search_tokens(s.name || search_label_texts(s.labels)))::search_draft))
  from clusters c join sites s on s.org_id = c.org_id and s.id = c.site_id where c.org_id = org and c.id = cluster
  having count(*) > 0
$$;

create function search_write_machine(org uuid, machine uuid) returns void language sql as $$
  select search_write(org, array_agg(row(m.id, 'machine', '', m.site_id,
    array[m.name, m.identity_value, m.facts->'hostname'->>'value', m.facts->'systemUuid'->>'value',
      m.facts->'systemSerial'->>'value', m.facts->'machineId'->>'value', m.facts->'providerId'->>'value']
      || search_label_texts(m.labels),
    search_tokens(s.name || search_label_texts(s.labels)))::search_draft))
  from machines m join sites s on s.org_id = m.org_id and s.id = m.site_id where m.org_id = org and m.id = machine
  having count(*) > 0
$$;

create function search_write_site(org uuid, site uuid) returns void language sql as $$
  select search_write(org, array_agg(row(s.id, 'site', '', s.id,
    array[s.name, s.region, s.address] || search_label_texts(s.labels), '{}')::search_draft))
  from sites s where s.org_id = org and s.id = site having count(*) > 0
$$;

-- Triggers. Those of a row fire for columns that are seldom written, and only when they differ.

create function search_site_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from search_documents where org_id = old.org_id and site_id = old.id;
    return null;
  end if;
  perform search_write_site(new.org_id, new.id);
  if tg_op = 'UPDATE' and (new.name <> old.name or new.labels <> old.labels) then
    perform search_write_machine(org_id, id) from machines where org_id = new.org_id and site_id = new.id;
    perform search_write_cluster(org_id, id) from clusters where org_id = new.org_id and site_id = new.id;
    if new.name <> old.name then
      perform search_sync_items(org_id, id) from clusters where org_id = new.org_id and site_id = new.id;
    end if;
  end if;
  return null;
end $$;
create trigger search_site_inserted after insert or delete on sites for each row execute function search_site_changed();
create trigger search_site_updated after update of name, labels, region, address on sites for each row
  when ((old.name, old.labels, old.region, old.address) is distinct from (new.name, new.labels, new.region, new.address))
  execute function search_site_changed();

create function search_machine_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from search_documents where org_id = old.org_id and thing_id = old.id;
  else
    perform search_hold_site(new.org_id, new.site_id);
    perform search_write_machine(new.org_id, new.id);
  end if;
  return null;
end $$;
create trigger search_machine_inserted after insert or delete on machines for each row
  execute function search_machine_changed();
create trigger search_machine_updated after update of name, labels, site_id, identity_value, facts on machines
  for each row when ((old.name, old.labels, old.site_id, old.identity_value, old.facts)
    is distinct from (new.name, new.labels, new.site_id, new.identity_value, new.facts))
  execute function search_machine_changed();

create function search_cluster_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from search_documents where org_id = old.org_id and thing_id = old.id;
    return null;
  end if;
  perform search_hold_site(new.org_id, new.site_id);
  perform search_write_cluster(new.org_id, new.id);
  if tg_op = 'UPDATE' and (new.generation, new.name, new.site_id) is distinct from (old.generation, old.name, old.site_id)
  then
    perform search_sync_items(new.org_id, new.id);
  end if;
  return null;
end $$;
create trigger search_cluster_inserted after insert or delete on clusters for each row
  execute function search_cluster_changed();
create trigger search_cluster_updated
  after update of name, uid, labels, site_id, generation, git_version, distribution, provider, region on clusters
  for each row when ((old.name, old.uid, old.labels, old.site_id, old.generation, old.git_version, old.distribution,
      old.provider, old.region)
    is distinct from (new.name, new.uid, new.labels, new.site_id, new.generation, new.git_version, new.distribution,
      new.provider, new.region))
  execute function search_cluster_changed();

-- Items of a generation that is not shown are not found: they are when the cluster takes their generation over.
create function search_items_written() returns trigger language plpgsql as $$
declare
  org uuid;
  drafts search_draft[];
begin
  perform search_hold_site(w.org_id, c.site_id) from (select distinct org_id, cluster_id, generation from written) w
    join clusters c on c.org_id = w.org_id and c.id = w.cluster_id and c.generation = w.generation;
  for org, drafts in
    with shown as materialized (
      select c.org_id, c.id, c.generation, c.site_id, search_tokens(array[c.name, s.name]) as around
      from (select distinct org_id, cluster_id, generation from written) w
      join clusters c on c.org_id = w.org_id and c.id = w.cluster_id and c.generation = w.generation
      join sites s on s.org_id = c.org_id and s.id = c.site_id)
    select c.org_id, array_agg(row(c.id, i.kind, i.key, c.site_id, search_item_texts(i.kind, i.key, i.item),
      c.around)::search_draft)
    from shown c join written i on i.org_id = c.org_id and i.cluster_id = c.id and i.generation = c.generation
      and i.kind in ('node', 'application', 'claim', 'volume')
      and (i.kind <> 'volume' or i.item->>'claim' is null)
    group by c.org_id
  loop
    perform search_write(org, drafts);
  end loop;
  return null;
end $$;
create trigger search_items_inserted after insert on cluster_items referencing new table as written
  for each statement execute function search_items_written();

-- A state that changes is no other text: most changes end at the comparison.
create function search_items_updated() returns trigger language plpgsql as $$
declare
  org uuid;
  drafts search_draft[];
begin
  delete from search_documents d using written i join clusters c
    on c.org_id = i.org_id and c.id = i.cluster_id and c.generation = i.generation
  where i.kind = 'volume' and search_item_texts(i.kind, i.key, i.item) is null
    and d.org_id = i.org_id and d.thing_id = i.cluster_id and d.kind = i.kind and d.key = i.key;
  for org, drafts in
    select c.org_id, array_agg(row(c.id, i.kind, i.key, c.site_id, i.texts, search_tokens(array[c.name, s.name]))::search_draft)
    from (select w.org_id, w.cluster_id, w.generation, w.kind, w.key, search_item_texts(w.kind, w.key, w.item) as texts
      from written w join before b using (org_id, cluster_id, generation, kind, key)
      where w.kind in ('node', 'application', 'claim', 'volume')
        and search_item_texts(w.kind, w.key, w.item) is distinct from search_item_texts(w.kind, w.key, b.item)) i
    join clusters c on c.org_id = i.org_id and c.id = i.cluster_id and c.generation = i.generation
    join sites s on s.org_id = c.org_id and s.id = c.site_id
    where i.texts is not null
    group by c.org_id
  loop
    perform search_write(org, drafts);
  end loop;
  return null;
end $$;
create trigger search_items_updated after update on cluster_items referencing old table as before new table as written
  for each statement execute function search_items_updated();

create function search_items_deleted() returns trigger language plpgsql as $$
begin
  delete from search_documents d using gone i join clusters c
    on c.org_id = i.org_id and c.id = i.cluster_id and c.generation = i.generation
  where i.kind in ('node', 'application', 'claim', 'volume')
    and d.org_id = i.org_id and d.thing_id = i.cluster_id and d.kind = i.kind and d.key = i.key;
  return null;
end $$;
create trigger search_items_deleted after delete on cluster_items referencing old table as gone
  for each statement execute function search_items_deleted();

-- Reading. An index on tsvector or text[] is not used under row-level security, because its operators are not declared
-- free of leaks. So these run as the owner and name the organisation themselves: that of the transaction, and no other.

create type search_found as (kind text, thing_id uuid, key text, title text, match text);

-- Documents that are found in one of these ways ({match, query, most}), or whose titles begin with `start`. `sites`: only
-- of things at these; null = at all.
create function search_find(start text, ways jsonb, sites uuid[]) returns setof search_found
language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
declare
  reach jsonb;
begin
  if sites is null then
    return query select d.kind, d.thing_id, d.key, d.title, w.match
      from jsonb_to_recordset(ways) as w(match text, query tsquery, most int)
      cross join lateral (select * from search_documents d where d.org_id = app_org() and d.words @@ w.query
        limit w.most) d;
    return query select d.kind, d.thing_id, d.key, d.title, 'prefix'
      from unnest('{site,cluster,machine,node,application,claim,volume}'::text[]) k(kind)
      cross join lateral (select * from search_documents d where d.org_id = app_org() and d.kind = k.kind
        and d.title_key >= start and d.title_key < start || chr(1114111) order by d.title_key limit 12) d;
  elsif cardinality(sites) <= 200 then
    -- Site by site, which is little however much is found elsewhere.
    return query select d.kind, d.thing_id, d.key, d.title, w.match
      from jsonb_to_recordset(ways) as w(match text, query tsquery, most int)
      cross join lateral (select * from search_documents d where d.org_id = app_org() and d.site_id = any (sites)
        and d.words @@ w.query limit w.most) d;
    return query select d.kind, d.thing_id, d.key, d.title, 'prefix' from search_documents d
      where d.org_id = app_org() and d.site_id = any (sites) and starts_with(d.title_key, start)
      order by d.title_key limit 60;
  else
    -- Looked up for each document: a join would be planned as if the sites were few.
    select jsonb_object_agg(site, 1) into reach from unnest(sites) site;
    return query select d.kind, d.thing_id, d.key, d.title, w.match
      from jsonb_to_recordset(ways) as w(match text, query tsquery, most int)
      cross join lateral (select * from search_documents d where d.org_id = app_org()
        and reach ? d.site_id::text and d.words @@ w.query limit w.most) d;
    return query select d.kind, d.thing_id, d.key, d.title, 'prefix'
      from unnest('{site,cluster,machine,node,application,claim,volume}'::text[]) k(kind)
      cross join lateral (select * from search_documents d where d.org_id = app_org() and d.kind = k.kind
        and reach ? d.site_id::text
        and d.title_key >= start and d.title_key < start || chr(1114111) order by d.title_key limit 12) d;
  end if;
end $$;

-- For each word that may be mistyped ({word, keys}): words of the organisation that share a key with it. Not for a word
-- that is one of them, or the start of one.
create function search_meant(asked jsonb) returns table (word text, others text[])
language sql stable security definer set search_path = public as $$
  select a.word, array(select w.word from search_words w where w.org_id = app_org()
    and w.near && array(select jsonb_array_elements_text(a.keys)) limit 500)
  from jsonb_to_recordset(asked) as a(word text, keys jsonb)
  where not exists (select from search_words w
    where w.org_id = app_org() and w.word >= a.word and w.word < a.word || '{')
$$;

-- Forgets words that no document of the organisation holds any more.
create function search_forget_words() returns bigint
language sql volatile security definer set search_path = public as $$
  with gone as (delete from search_words w where w.org_id = app_org() and not exists (
    select from search_documents d where d.org_id = app_org() and d.words @@ (
      select string_agg(quote_literal(substr(md5(w.org_id::text), 1, 3) || letter || w.word), ' | ')
      from regexp_split_to_table('scmnavp', '') letter)::tsquery) returning 1)
  select count(*) from gone
$$;

-- Whoever signs in to the database but the programs may not.
revoke execute on function search_find(text, jsonb, uuid[]), search_meant(jsonb), search_forget_words() from public;
grant execute on function search_find(text, jsonb, uuid[]), search_meant(jsonb), search_forget_words() to fernblick_app;

-- What is there already.
select search_write_site(org_id, id) from sites;
select search_write_machine(org_id, id) from machines;
select search_write_cluster(org_id, id) from clusters;
select search_sync_items(org_id, id) from clusters;
