import * as z from "zod";
import { moment, number, text, textMap } from "./fields";

/** What is kept of every object. */
const Meta = {
  uid: text,
  name: z.string(),
  namespace: text,
  generation: number,
  creationTimestamp: moment,
  deletionTimestamp: moment,
};

type MetaExtra = Partial<Record<"labels" | "annotations" | "ownerReferences", z.ZodType>>;

/** A kind of object that is watched. Its key in the table (`resources.ts`) says resource and group. */
export type Kind<T> = {
  /** The versions whose fields `reduce` knows, preferred first. Another version is not read: it could mean other things. */
  versions: readonly string[];
  /** As the API takes it; filters on the server. */
  fieldSelector?: string;
  /** At most so many are kept, for kinds without natural bounds: the newest by this moment. */
  bound?: { max: number; newestBy: (kept: T) => number | undefined };
  /** The description of what is kept, to compare with the published schemas. */
  schema: z.ZodType<T>;
  /** The part of an object that is kept. @throws z.ZodError when it is not even an object with a name */
  reduce: (object: unknown) => T;
};

/** Describes a kind: `body` is what is kept beside the metadata that is kept of every object. */
export function kind<M extends MetaExtra, B extends z.ZodRawShape>(
  versions: readonly string[],
  body: B,
  metadata: M = {} as M,
) {
  const schema = z.object({ metadata: z.object({ ...Meta, ...metadata }), ...body });
  return { versions, schema, reduce: (object: unknown) => schema.parse(object) };
}

/** For kinds that selectors are matched against. */
export const withLabels = { labels: textMap };
