import type pg from "pg";

/** A fleet to be searched: everything has a name as people give them. */
export type FillPlan = { clusters: number; nodes: number; applications: number; claims: number };

const CITIES =
  "Aachen,Augsburg,Bamberg,Basel,Berlin,Bern,Bielefeld,Bochum,Bonn,Braunschweig,Bremen,Bremerhaven,Brno,Chemnitz,Cottbus,Darmstadt,Dortmund,Dresden,Duisburg,Düsseldorf,Erfurt,Erlangen,Essen,Flensburg,Frankfurt,Freiburg,Fürth,Gera,Göttingen,Graz,Hagen,Halle,Hamburg,Hamm,Hannover,Heidelberg,Heilbronn,Herne,Hildesheim,Ingolstadt,Innsbruck,Jena,Karlsruhe,Kassel,Kiel,Klagenfurt,Koblenz,Köln,Krefeld,Leipzig,Leverkusen,Lübeck,Linz,Ludwigshafen,Luzern,Łódź,Magdeburg,Mainz,Malmö,Mannheim,Mönchengladbach,München,Münster,Neuss,Nürnberg,Oberhausen,Offenbach,Oldenburg,Osnabrück,Paderborn,Pforzheim,Potsdam,Recklinghausen,Regensburg,Remscheid,Reutlingen,Rostock,Saarbrücken,Salzburg,Salzgitter,Siegen,Solingen,Straßburg,Stuttgart,Trier,Ulm,Wien,Wiesbaden,Winterthur,Wolfsburg,Wuppertal,Würzburg,Zürich,Zwickau";
const PLACES = "Hafen,Werk,Filiale,Depot,Klinik,Markt,Turm,Nord,Süd,Messe";
const ROLES = "edge,prod,store,plant,pos,lab,stage,core";
const APPLICATIONS =
  "postgres,redis,grafana,prometheus,loki,checkout,inventory,pricing,payments,ingress-nginx,cert-manager,longhorn,minio,keycloak,rabbitmq,kafka,mosquitto,node-red,vision-quality,camera-gateway,plc-bridge,opcua-server,shelf-labels,cash-desk,print-service,order-sync,backup-agent,velero,flux-system,kyverno,registry-cache,dns-cache,time-series,maintenance-planner,energy-meter,door-access,digital-signage,warehouse-robot,label-printer,data-export";
const VERSIONS = "v1.29.4+k3s1,v1.30.1+k3s1,v1.31.6,v1.32.3+rke2r1,v1.33.1+k3s1";
/** Clusters whose items are written in one statement. */
const BATCH = 25;

/** Element n of a list in SQL. */
const of = (list: string, n: string) => `(string_to_array('${list}', ','))[1 + (${n}) % ${list.split(",").length}]`;

/** City and place of site n in SQL: Kiel Hafen 17. */
export const siteName = (n: string) => `${of(CITIES, n)} || ' ' || ${of(PLACES, `${n} / 97`)} || ' ' || ${n}`;

/** What a cluster at that site is called: kiel-edge-017. */
export const clusterName = (site: string, n: string) =>
  `search_fold(split_part(${site}, ' ', 1), true) || '-' || ${of(ROLES, n)} || '-' || lpad((${n} % 1000)::text, 3, '0')`;

export const versionOf = (n: string) => of(VERSIONS, n);

/** Writes the fleet as its agents would, so that the triggers make its documents. @returns the organisation's id */
export async function fillSearch(admin: pg.Client, plan: FillPlan, say: (line: string) => void): Promise<string> {
  const { rows } = await admin.query<{ id: string }>("insert into organisations (name) values ('Bench') returning id");
  const orgId = rows[0]?.id ?? "";
  await admin.query("set synchronous_commit = off");
  await admin.query(
    `insert into sites (org_id, name, labels) select $1::uuid,
       ${siteName("n")},
       jsonb_build_object('region', ${of("north,south,east,west", "n")}, 'tier', ${of("edge,far,core", "n / 5")}, 'rack', 'r' || n)
     from generate_series(0, $2::int - 1) n`,
    [orgId, plan.clusters],
  );
  await admin.query(
    `insert into clusters (org_id, site_id, uid, name, labels, generation, git_version, distribution, provider)
     select s.org_id, s.id, gen_random_uuid()::text,
       ${clusterName("s.name", "n")},
       jsonb_build_object('stage', ${of("prod,test", "n / 3")}), 1, ${versionOf("n / 2")}, 'k3s', 'bare_metal'
     from (select *, split_part(name, ' ', 3)::int as n from sites where org_id = $1) s`,
    [orgId],
  );
  await admin.query(
    `insert into machines (org_id, site_id, identity_kind, identity_value, name, facts)
     select c.org_id, c.site_id, 'system_uuid', gen_random_uuid()::text, c.name || '-gw',
       jsonb_build_object('systemSerial', jsonb_build_object('value', upper(substr(md5(c.id::text), 1, 8))))
     from clusters c where c.org_id = $1`,
    [orgId],
  );
  await writeItems(admin, orgId, plan, say);
  return orgId;
}

/** What is in each cluster of the organisation, as its agent would tell it. */
export async function writeItems(
  admin: pg.Client,
  orgId: string,
  plan: FillPlan,
  say: (line: string) => void,
): Promise<void> {
  for (let from = 0; from < plan.clusters; from += BATCH) {
    await admin.query(
      `insert into cluster_items (org_id, cluster_id, generation, kind, key, item, share)
       select org_id, id, 1, i.kind, i.key, i.item, 1
       from (select c.*, (row_number() over (order by c.id))::int - 1 as n from clusters c where c.org_id = $1) c
       cross join lateral (
         select 'node' as kind, c.name || '-n' || m as key, jsonb_build_object('uid', gen_random_uuid(), 'systemUuid',
           gen_random_uuid(), 'internalIps', jsonb_build_array('10.' || n / 250 || '.' || n % 250 || '.' || 10 + m),
           'kubeletVersion', c.git_version, 'health', 'healthy') as item
         from generate_series(1, $4::int) m
         union all
         select 'application', ns || '/' || name, jsonb_build_object('namespace', ns, 'name', name, 'health', 'healthy')
         from (select ${of("shop,platform,factory,data", "n + m")} as ns,
             ${of(APPLICATIONS, "n * 7 + m")} as name from generate_series(1, $5::int) m) a
         union all
         select 'claim', 'data/data-' || name || '-' || m, jsonb_build_object('namespace', 'data', 'name',
           'data-' || name || '-' || m, 'uid', gen_random_uuid(), 'volume', 'pvc-' || gen_random_uuid(), 'health', 'healthy')
         from (select m, ${of(APPLICATIONS, "n * 3 + m")} as name from generate_series(1, $6::int) m) v) i
       where c.n >= $2 and c.n < $3
       on conflict do nothing`,
      [orgId, from, from + BATCH, plan.nodes, plan.applications, plan.claims],
    );
    if (from % (40 * BATCH) === 0) say(`items of ${from + BATCH} clusters`);
  }
}
