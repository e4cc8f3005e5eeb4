import { sql } from "drizzle-orm";
import type { SubjectKind } from "@/contract/facts";
import { sites } from "@/db/schema/fleet";
import { SITE } from "@/server/access/caller";
import { APPLICATIONS } from "@/server/clusters/application-subject";
import { CLUSTERS } from "@/server/clusters/cluster-subject";
import { MACHINES } from "@/server/fleet/machine-subject";
import { STORAGE } from "@/server/storage/unit-subject";
import type { ListSubject } from "./subject";

/** Sites have no list of this kind yet, but selectors of them are previewed and completed. */
const SITES: ListSubject<"site"> = {
  kind: "site",
  from: sql`${sites}`,
  id: sql`${sites.id}`,
  name: sql`${sites.name}`,
  labels: SITE.labels,
  facts: SITE.facts,
  search: [sql`${sites.name}`],
  firstSort: "name",
  sorts: { name: sql`lower(${sites.name})` },
  isKnown: sql`true`,
  state: sql`'unknown'`,
  states: ["unknown"],
};

/** Every kind of thing that selectors speak of. */
export const SUBJECTS: { [K in SubjectKind]: ListSubject<K> } = {
  site: SITES,
  cluster: CLUSTERS,
  machine: MACHINES,
  application: APPLICATIONS,
  storage: STORAGE,
};
