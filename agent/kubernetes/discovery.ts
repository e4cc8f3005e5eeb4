import { describeFailure } from "@/agent/gateway-client";
import { type ApiClient, ApiError } from "./api-client";
import { parseAggregated, parseGroups, parseResources, parseVersions } from "./discovery-documents";
import type { Kind } from "./kind";
import { groupAndPlural } from "./resources";

/** What the cluster serves of one resource. */
export type Served =
  | { is: "served"; version: string; path: string }
  | { is: "absent" }
  | { is: "version not known"; versions: readonly string[] }
  /** The group is there, and what it serves could not be asked: its own server is down, or it is not permitted. */
  | { is: "not told"; reason: string };

export type Discovery = {
  gitVersion: string | null;
  /** Group → versions, preferred first; "" is the core group. */
  groups: Map<string, string[]>;
  served: Map<string, Served>;
};

/** `<group>/<version>` → plurals, or why they could not be read. */
type ResourceLists = Map<string, ReadonlySet<string> | { reason: string }>;

const AGGREGATED = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat("application/json")
  .join(",");

/**
 * Asks the API server what it serves of the resources in `table`, with as few requests as it takes: two where discovery
 * is aggregated (Kubernetes from 1.26 on), and nothing new to read where it is as before; else two, and one for each
 * group and version that could hold a resource of the table.
 */
export class Discoverer {
  readonly #client: Pick<ApiClient, "document">;
  readonly #table: Record<string, Pick<Kind<unknown>, "versions">>;
  readonly #silenceMs: number;
  readonly #cache = new Map<string, { etag: string; body: unknown; contentType: string }>();

  constructor(
    client: Pick<ApiClient, "document">,
    table: Record<string, Pick<Kind<unknown>, "versions">>,
    silenceMs: number,
  ) {
    this.#client = client;
    this.#table = table;
    this.#silenceMs = silenceMs;
  }

  /** @throws ApiError, Error, AccessError when the groups themselves cannot be read */
  async discover(signal: AbortSignal): Promise<Discovery> {
    const [version, core, named] = await Promise.all([
      this.#read("/version", signal).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 403) return null;
        throw error;
      }),
      this.#read("/api", signal),
      this.#read("/apis", signal),
    ]);
    const groups = new Map<string, string[]>();
    const lists: ResourceLists = new Map();
    for (const { body, contentType } of [core, named]) {
      if (contentType.includes("as=APIGroupDiscoveryList")) parseAggregated(body, groups, lists);
      else if (body === core.body) groups.set("", parseVersions(body));
      else for (const [group, versions] of parseGroups(body)) groups.set(group, versions);
    }
    const served = new Map<string, Served>();
    for (const name of Object.keys(this.#table)) served.set(name, await this.#find(name, groups, lists, signal));
    const gitVersion = (version?.body as { gitVersion?: unknown } | null | undefined)?.gitVersion;
    return { gitVersion: typeof gitVersion === "string" ? gitVersion : null, groups, served };
  }

  async #find(
    name: string,
    groups: ReadonlyMap<string, readonly string[]>,
    lists: ResourceLists,
    signal: AbortSignal,
  ): Promise<Served> {
    const { group, plural } = groupAndPlural(name);
    const offered = groups.get(group);
    if (!offered) return { is: "absent" };
    const known = this.#table[name]?.versions ?? [];
    let trouble: string | null = null;
    for (const version of known.filter((version) => offered.includes(version))) {
      const plurals = await this.#resources(group, version, lists, signal);
      if ("reason" in plurals) trouble = plurals.reason;
      else if (plurals.has(plural)) return { is: "served", version, path: `${basePath(group, version)}/${plural}` };
    }
    const others: string[] = [];
    for (const version of offered) {
      const plurals = await this.#resources(group, version, lists, signal);
      if ("reason" in plurals) trouble = plurals.reason;
      else if (plurals.has(plural)) others.push(version);
    }
    if (others.length > 0) return { is: "version not known", versions: others };
    return trouble === null ? { is: "absent" } : { is: "not told", reason: trouble };
  }

  async #resources(group: string, version: string, lists: ResourceLists, signal: AbortSignal) {
    const key = `${group}/${version}`;
    const known = lists.get(key);
    if (known) return known;
    const read = await this.#read(basePath(group, version), signal).then(
      ({ body }) => parseResources(body),
      (error: unknown) => {
        // A version that went away since the groups were read serves nothing; another failure is not knowledge.
        if (error instanceof ApiError && error.status === 404) return new Set<string>();
        return { reason: `${key}: ${describeFailure(error)}` };
      },
    );
    lists.set(key, read);
    return read;
  }

  async #read(path: string, signal: AbortSignal): Promise<{ body: unknown; contentType: string }> {
    const before = this.#cache.get(path);
    const { status, headers, body } = await this.#client.document({
      path,
      accept: path === "/api" || path === "/apis" ? AGGREGATED : "application/json",
      headers: before ? { "if-none-match": before.etag } : {},
      silenceMs: this.#silenceMs,
      signal,
    });
    if (status === 304 && before) return before;
    const contentType = headers["content-type"] ?? "";
    if (headers.etag) this.#cache.set(path, { etag: headers.etag, body, contentType });
    return { body, contentType };
  }
}

function basePath(group: string, version: string): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}
