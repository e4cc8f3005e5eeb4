import { ApiAccess } from "./api-access";
import { ApiClient } from "./api-client";
import { type ApiState, type ClusterView, isKnown, type ResourceState } from "./cluster-view";
import { ClusterWatch } from "./cluster-watch";
import { RESOURCE_NAMES, type ResourceName } from "./resources";
import { foldWarnings, type Warning } from "./warnings";

/** A list of a large cluster over a thin link takes a while; what is not read by then is shown as that. */
const PATIENCE_MS = 60_000;

export type PrintedCluster = {
  server: string;
  gitVersion: ApiState["gitVersion"];
  failing: ApiState["failing"];
  /** Without those that are not installed. */
  resources: Partial<Record<ResourceName, ResourceState & { objects: number | null }>>;
  absent: ResourceName[];
  warnings: Warning[];
};

/**
 * One reading of a cluster, for people: what is served, what may be read, how much of it there is. Writes nothing.
 * @param kubeconfig a path; null: the service account of the pod
 * @throws AccessError
 */
export async function readCluster(kubeconfig: string | null): Promise<PrintedCluster> {
  const access = await ApiAccess.open(kubeconfig);
  const cluster = new ClusterWatch({ client: new ApiClient(access) });
  const ending = new AbortController();
  const ended = cluster.run(ending.signal);
  await settled(cluster.view);
  const printed = print(access.server.origin, cluster.view);
  ending.abort();
  await ended;
  access.close();
  return printed;
}

/** Waits until each resource is known or known not to be, or one try at the API server failed. */
function settled(view: ClusterView): Promise<void> {
  return new Promise((done) => {
    const look = () => {
      const isWaiting = RESOURCE_NAMES.some((name) => view.state(name).status === "waiting");
      if (isWaiting && !view.api.failing) return;
      stop();
      clearTimeout(patience);
      done();
    };
    const stop = view.onChange(look);
    const patience = setTimeout(done, PATIENCE_MS);
  });
}

function print(server: string, view: ClusterView): PrintedCluster {
  const states = RESOURCE_NAMES.map((name) => ({ name, state: view.state(name) }));
  const present = states.filter(({ state }) => state.status !== "absent");
  return {
    server,
    gitVersion: view.api.gitVersion,
    failing: view.api.failing,
    resources: Object.fromEntries(present.map(({ name, state }) => [name, { ...state, objects: count(view, name) }])),
    absent: states.flatMap(({ name, state }) => (state.status === "absent" ? [name] : [])),
    warnings: foldWarnings(view.list("events").values()),
  };
}

/** Null where nothing is known: that is not none. */
function count(view: ClusterView, name: ResourceName): number | null {
  return isKnown(view.state(name)) ? view.list(name).size : null;
}
