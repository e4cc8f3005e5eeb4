import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ApiObject, findDefinitions } from "./kube-plane";
import { readObjects } from "./made-up-cluster";
import { PUBLISHED } from "./plane-objects";

type Schema = {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  required?: string[];
  enum?: unknown[];
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
};
type Definition = {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
};

const definitions = PUBLISHED.flatMap((system) => (findDefinitions(system)?.items ?? []) as Definition[]);
const missing = definitions.length === 0 ? "no published definitions beside the repository" : null;

const TYPES: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** Why the API server of a cluster with this definition would refuse or cut the value. */
function faultsOf(value: unknown, schema: Schema, path: string): string[] {
  if (schema["x-kubernetes-int-or-string"])
    return ["string", "number"].includes(typeof value) ? [] : [`${path} is odd`];
  const { type = "", properties, additionalProperties, required = [] } = schema;
  if (type && !TYPES[type]?.(value)) return [`${path} is not ${type}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${path} may not be ${value}`];
  if (Array.isArray(value))
    return value.flatMap((one, index) => faultsOf(one, schema.items ?? {}, `${path}[${index}]`));
  if (type !== "object" || typeof value !== "object" || value === null) return [];
  const absent = required.filter((name) => !(name in value)).map((name) => `${path}.${name} is required`);
  const faults = Object.entries(value).flatMap(([name, part]) => {
    const known = properties?.[name] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    if (known) return faultsOf(part, known, `${path}.${name}`);
    // The copies are without whatever is called "default", also where that is the name of a field (Velero).
    const isKept = schema["x-kubernetes-preserve-unknown-fields"] || name === "default";
    return isKept ? [] : [`${path}.${name} is not published`];
  });
  return [...absent, ...faults];
}

describe.skipIf(missing)(`the objects of tests${missing ? ` (skipped: ${missing})` : ""}`, () => {
  const files = readdirSync(new URL("./cluster-objects/", import.meta.url)).map((file) => file.replace(".yaml", ""));
  const cases = files.flatMap((file) => readObjects(file).flatMap((object) => schemaOf(object, file)));

  it("are most of them of published kinds", () => {
    expect(cases.length).toBeGreaterThan(25);
  });

  it.each(cases)("$file: $name is as its system publishes it", ({ object, schema }) => {
    expect(faultsOf(object, schema, "")).toEqual([]);
  });
});

function schemaOf(object: ApiObject, file: string) {
  const [group, version] = object.apiVersion.split("/");
  const definition = definitions.find(({ spec }) => spec.group === group && spec.names.kind === object.kind);
  const found = definition?.spec.versions.find(({ name }) => name === version);
  if (!found) return [];
  const { openAPIV3Schema: whole } = found.schema;
  // What every object has is not published with each kind.
  const metadata = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = { ...whole, properties: { ...whole.properties, metadata } };
  return [{ file, name: `${object.kind} ${object.metadata.name}`, object, schema }];
}
