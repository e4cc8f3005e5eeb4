import { FLAVOUR, type FlavourName, type NodeMarks, RELEASES } from "./flavours";
import { uuidFrom } from "./fleet-agent";
import { between, chance, pick } from "./noise";
import { PLACES, type Place } from "./places";

export type SiteKind = "datacentre" | "cloud" | "edge";

export type SitePlan = {
  name: string;
  kind: SiteKind;
  place: Place;
  address: string;
  latitude: number;
  longitude: number;
  carrier: string;
  powerFeed: string;
  tariff: string;
  /** Power usage effectiveness; null where nobody could know it. */
  pue: number | null;
};

export type NodePlan = NodeMarks & {
  /** What SMBIOS says; the machine that it is says the same. */
  systemUuid: string;
  roles: string[];
  cores: number;
  memoryBytes: number;
};

type Common = {
  /** Unlike that of any other agent of all fleets of this seed; what all its chance hangs on. */
  name: string;
  site: SitePlan;
  intervalSeconds: number;
  /** Second within the interval at which it reads. */
  phaseSeconds: number;
  version: string;
};
export type ClusterPlan = Common & {
  kind: "cluster";
  flavour: FlavourName;
  uid: string;
  release: string;
  nodes: NodePlan[];
  /** Number of applications. */
  applications: number;
};
export type MachinePlan = Common & {
  kind: "machine";
  systemUuid: string;
  cores: number;
  memoryBytes: number;
  diskBytes: number;
  isBareMetal: boolean;
};
export type AgentPlan = ClusterPlan | MachinePlan;

export type FleetPlan = { seed: number; sites: SitePlan[]; agents: AgentPlan[] };

const GIBIBYTE = 2 ** 30;
/** Sites come in groups: one data centre with four clusters, four clouds, twelve at the edge. */
const GROUP: readonly FlavourName[][] = [
  ["rke2", "rancher", "talos", "robin"],
  ["eks"],
  ["gke"],
  ["lke"],
  ["hetzner"],
  ...Array.from({ length: 12 }, (_, at): FlavourName[] => [at % 3 === 2 ? "microk8s" : "k3s"]),
];
const CLOUD_SITE = 1;
const EDGE_SITE = 5;
/** Sites that 400 clusters stand at. */
export const SITES_DEFAULT = 340;
const MEASURED_SECONDS = 60;
/** Where links are thin. */
const SPARING_SECONDS = 300;

const EDGE_WORDS = ["Filiale", "Lager", "Werk", "Umspannwerk"] as const;
const STREETS = ["Hafenstraße", "Bahnhofstraße", "Industrieweg", "Marktplatz", "Ringstraße"] as const;
const CLOUD_NAMES: Partial<Record<FlavourName, string>> = {
  eks: "AWS",
  gke: "Google Cloud",
  lke: "Akamai Cloud",
  hetzner: "Hetzner Cloud",
};

/** The whole fleet, from its seed alone. Of two sizes of one seed the smaller is the beginning of the larger. */
export function planFleet({ seed, sites }: { seed: number; sites: number }): FleetPlan {
  const plan: FleetPlan = { seed, sites: [], agents: [] };
  for (let at = 0; at < sites; at += 1) {
    const site = planSite(seed, at);
    plan.sites.push(site);
    const { flavours } = placeInGroup(at);
    flavours.forEach((flavour, turn) => {
      const cluster = planCluster(seed, at, turn, flavour, site);
      plan.agents.push(cluster, ...planMachines(seed, at, turn, cluster));
    });
  }
  return plan;
}

function placeInGroup(at: number): { group: number; turn: number; flavours: FlavourName[] } {
  const turn = at % GROUP.length;
  return { group: Math.floor(at / GROUP.length), turn, flavours: GROUP[turn] ?? [] };
}

const kindOf = (turn: number): SiteKind => (turn < CLOUD_SITE ? "datacentre" : turn < EDGE_SITE ? "cloud" : "edge");

function planSite(seed: number, at: number): SitePlan {
  const { group, turn, flavours } = placeInGroup(at);
  const kind = kindOf(turn);
  // Each group has one site at the edge of every region; data centres and clouds go round.
  const region = kind === "edge" ? turn - EDGE_SITE : kind === "cloud" ? 4 * group + turn - CLOUD_SITE : group;
  const place = PLACES[region % PLACES.length] ?? pick(PLACES, seed, at);
  const words = [seed, "site", at] as const;
  // Data centres and clouds within the city, the edge up to sixty kilometres around it.
  const reach = kind === "edge" ? 0.5 : 0.05;
  const number = group + 1;
  const word = pick(EDGE_WORDS, ...words, "word");
  const name =
    kind === "datacentre"
      ? `${place.city} RZ ${number}`
      : kind === "cloud"
        ? `${CLOUD_NAMES[flavours[0] ?? "eks"]} ${place.city} ${number}`
        : `${place.city} ${word} ${number}`;
  return {
    name: seed === 1 ? name : `${name} (${seed})`,
    kind,
    place,
    address: `${pick(STREETS, ...words, "street")} ${1 + Math.floor(120 * chance(...words, "house"))}, ${place.city}`,
    latitude: place.latitude + between(-reach, reach, ...words, "latitude"),
    longitude: place.longitude + between(-reach, reach, ...words, "longitude"),
    carrier: pick(place.carriers, ...words, "carrier"),
    powerFeed:
      kind === "edge" ? `Ortsnetz ${place.city}` : pick(["Einspeisung A", "Einspeisung A+B"], ...words, "feed"),
    tariff: kind === "edge" ? "Gewerbe Fix" : "Industrie Stunde",
    pue: kind === "datacentre" ? Math.round(100 * between(1.15, 1.6, ...words, "pue")) / 100 : null,
  };
}

function planCluster(seed: number, at: number, turn: number, flavour: FlavourName, site: SitePlan): ClusterPlan {
  const words = [seed, "cluster", at, turn] as const;
  const suffix = seed === 1 ? "" : `-s${seed}`;
  const name = `${site.place.code}-${flavour}-${String(at + 1).padStart(3, "0")}${suffix}`;
  const uid = uuidFrom(`simulated ${seed} cluster ${at} ${turn}`);
  const isEdge = site.kind === "edge";
  const size = isEdge ? pick([1, 1, 1, 3], ...words, "size") : pick([3, 4, 5, 6], ...words, "size");
  const cores = isEdge ? 4 : pick([8, 16, 32], ...words, "cores");
  const isManaged = ["eks", "gke", "lke"].includes(flavour);
  const word = uid.slice(0, 8);
  const nodes = Array.from({ length: size }, (_, place): NodePlan => {
    const isControl = !isManaged && (flavour === "microk8s" || place < (size >= 3 ? 3 : 1));
    const hasEtcdRole = ["k3s", "hetzner", "rke2", "rancher"].includes(flavour) && size >= 3;
    const roles =
      flavour === "microk8s"
        ? ["control-plane", "worker"]
        : hasEtcdRole
          ? ["control-plane", "etcd"]
          : ["control-plane"];
    return {
      ...FLAVOUR[flavour].marks(name, word, place),
      systemUuid: uuidFrom(`simulated ${seed} node ${at} ${turn} ${place}`),
      roles: isControl ? roles : [],
      cores,
      memoryBytes: cores * (isEdge ? 2 : 4) * GIBIBYTE,
    };
  });
  return {
    ...pace(words, isEdge && chance(...words, "sparing") < 0.25),
    kind: "cluster",
    name,
    site,
    flavour,
    uid,
    release: releaseOf(100 * chance(...words, "release")),
    nodes,
    applications: isEdge ? pick([3, 4], ...words, "applications") : pick([5, 6, 7], ...words, "applications"),
  };
}

function pace(
  words: readonly (string | number)[],
  isSparing: boolean,
): Pick<Common, "intervalSeconds" | "phaseSeconds" | "version"> {
  const intervalSeconds = isSparing ? SPARING_SECONDS : MEASURED_SECONDS;
  return {
    intervalSeconds,
    phaseSeconds: Math.floor(intervalSeconds * chance(...words, "phase")),
    version: chance(...words, "version") < 0.9 ? "0.1.0" : "0.0.9",
  };
}

function releaseOf(percent: number): string {
  let sum = 0;
  for (const [release, share] of RELEASES) {
    sum += share;
    if (percent < sum) return release;
  }
  return "1.36.1";
}

/** Machines with agents of their own: the hosts of data centres, and every third node at the edge. */
function planMachines(seed: number, at: number, turn: number, cluster: ClusterPlan): MachinePlan[] {
  const { site, nodes } = cluster;
  const words = [seed, "machine", at, turn] as const;
  if (site.kind === "cloud" || (site.kind === "edge" && at % 3 !== 0)) return [];
  // What is told under the same identity by two agents of one site would be a second machine: one node is enough.
  return nodes.slice(0, 1).map(({ name, systemUuid, cores, memoryBytes }) => ({
    ...pace(words, false),
    kind: "machine",
    name: seed === 1 || name.endsWith(`-s${seed}`) ? name : `${name}-s${seed}`,
    site,
    systemUuid,
    cores,
    memoryBytes,
    diskBytes: (site.kind === "edge" ? 256 : 2000) * 1e9,
    isBareMetal: site.kind === "datacentre",
  }));
}
