import { describe, expect, it } from "vitest";
import { findDefinitions } from "@/agent/testing/kube-plane";
import { PUBLISHED } from "@/agent/testing/plane-objects";
import type { Reads } from "./fields";
import { groupAndPlural, kindOf, RESOURCE_NAMES } from "./resources";

type Schema = {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
};
type Definition = {
  spec: {
    group: string;
    names: { plural: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
};

const definitions = [...PUBLISHED, "snapshots"].flatMap(
  (system) => (findDefinitions(system)?.items ?? []) as Definition[],
);
const missing = definitions.length === 0 ? "no published definitions beside the repository" : null;

/** What is read and not published, or published as something else. */
function faultsOf(reads: Reads, schema: Schema | undefined, path: string): string[] {
  // The copies are without whatever is called "default", also where that is the name of a field (Velero).
  if (!schema && path.endsWith(".default")) return [];
  if (!schema) return [`${path} is not published`];
  if (schema["x-kubernetes-preserve-unknown-fields"]) return [];
  const { type } = schema;
  const isType = (...types: string[]) => (types.includes(type ?? "") ? [] : [`${path} is published as ${type}`]);
  if (reads.type === "object") {
    const parts = Object.entries(reads.shape);
    return parts.flatMap(([name, part]) => faultsOf(part, schema.properties?.[name], `${path}.${name}`));
  }
  if (reads.type === "list") return type === "array" ? faultsOf(reads.of, schema.items, `${path}[]`) : isType("array");
  if (reads.type === "map") {
    const { additionalProperties: values, properties } = schema;
    // One of many names (the providers of secrets): read as a map, published as fields.
    if (properties) {
      const faults = Object.entries(properties).map(([name, part]) => faultsOf(reads.of, part, `${path}.${name}`));
      return faults.some(({ length }) => length === 0) ? [] : faults.flat();
    }
    return typeof values === "object" ? faultsOf(reads.of, values, `${path}{}`) : isType("a map");
  }
  if (reads.type === "scalar") {
    return schema["x-kubernetes-int-or-string"] ? [] : isType("string", "integer", "number");
  }
  if (reads.type === "number") return isType("integer", "number");
  return reads.type === "any" ? [] : isType(reads.type);
}

describe.skipIf(missing)(`what is read of custom resources${missing ? ` (skipped: ${missing})` : ""}`, () => {
  const cases = RESOURCE_NAMES.flatMap((name) => {
    const { group, plural } = groupAndPlural(name);
    const definition = definitions.find(({ spec }) => spec.group === group && spec.names.plural === plural);
    return (definition?.spec.versions ?? [])
      .filter((version) => kindOf(name).versions.includes(version.name))
      .map((version) => ({ name, version: version.name, schema: version.schema.openAPIV3Schema }));
  });

  it("is held against the definitions of all systems that are here", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBeGreaterThan(35);
  });

  it.each(cases)("$name $version has every field that is read, as what it is read", ({ name, schema }) => {
    expect(faultsOf(kindOf(name).reads, schema, "")).toEqual([]);
  });
});
