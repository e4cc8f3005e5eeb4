import * as z from "zod";

/**
 * The documents of Kubernetes' discovery: APIVersions, APIGroupList and APIResourceList (meta.k8s.io/v1), and
 * APIGroupDiscoveryList (apidiscovery.k8s.io v2 and v2beta1, alike in what is read here).
 */

const Versions = z.object({ versions: z.array(z.string()) });

const Groups = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      versions: z.array(z.object({ version: z.string() })),
      preferredVersion: z.object({ version: z.string() }).optional(),
    }),
  ),
});

const Resources = z.object({ resources: z.array(z.object({ name: z.string(), verbs: z.array(z.string()) })) });

const Aggregated = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string().default("") }).default({ name: "" }),
      versions: z
        .array(
          z.object({
            version: z.string(),
            freshness: z.string().optional(),
            resources: z.array(z.object({ resource: z.string(), verbs: z.array(z.string()).default([]) })).default([]),
          }),
        )
        .default([]),
    }),
  ),
});

/** Of `/api`. @throws z.ZodError */
export function parseVersions(body: unknown): string[] {
  return Versions.parse(body).versions;
}

/** Of `/apis`: the versions of each group, preferred first. @throws z.ZodError */
export function parseGroups(body: unknown): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { name, versions, preferredVersion } of Groups.parse(body).groups) {
    const all = versions.map(({ version }) => version);
    const first = all.filter((version) => version === preferredVersion?.version);
    groups.set(name, [...first, ...all.filter((version) => version !== preferredVersion?.version)]);
  }
  return groups;
}

/** Of `/apis/<group>/<version>`: the plurals that can be listed and watched. @throws z.ZodError */
export function parseResources(body: unknown): Set<string> {
  return new Set(Resources.parse(body).resources.flatMap(({ name, verbs }) => (isFollowed(verbs) ? [name] : [])));
}

/** Adds what an aggregated document says to groups and lists. @throws z.ZodError */
export function parseAggregated(
  body: unknown,
  groups: Map<string, string[]>,
  lists: Map<string, ReadonlySet<string> | { reason: string }>,
): void {
  for (const { metadata, versions } of Aggregated.parse(body).items) {
    groups.set(
      metadata.name,
      versions.map(({ version }) => version),
    );
    for (const { version, freshness, resources } of versions) {
      const key = `${metadata.name}/${version}`;
      const plurals = new Set(resources.flatMap(({ resource, verbs }) => (isFollowed(verbs) ? [resource] : [])));
      const isStale = freshness === "Stale" && plurals.size === 0;
      lists.set(key, isStale ? { reason: `${key}: its own API server does not answer` } : plurals);
    }
  }
}

const isFollowed = (verbs: readonly string[]) => verbs.includes("list") && verbs.includes("watch");
