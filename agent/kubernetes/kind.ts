import {
  type Field,
  type KeptOf,
  moment,
  number,
  object,
  ownText,
  type Reads,
  type Shape,
  text,
  textMap,
} from "./fields";

/** What is kept of every object. */
const Meta = {
  uid: ownText,
  name: ownText,
  namespace: text,
  generation: number,
  creationTimestamp: moment,
  deletionTimestamp: moment,
};

type Metadata<M extends Shape> = KeptOf<Omit<typeof Meta, "name"> & M> & { name: string };
type Kept<B extends Shape, M extends Shape> = KeptOf<B> & { metadata: Metadata<M> };

/** A kind of object that is watched. Its key in the table (`resources.ts`) says resource and group. */
export type Kind<T> = {
  /** The versions whose fields `reduce` knows, preferred first. Another version is not read: it could mean other things. */
  versions: readonly string[];
  /** As the API takes it; filters on the server. */
  fieldSelector?: string;
  /** At most so many are kept, for kinds without natural bounds: the newest by this moment. */
  bound?: { max: number; newestBy: (kept: T) => number | undefined };
  /** What `reduce` reads beside the metadata. */
  reads: Reads;
  /** The part of an object that is kept. @returns undefined when it is not even an object with a name */
  reduce: (object: unknown) => T | undefined;
};

/** Describes a kind: `body` is what is kept beside the metadata that is kept of every object. */
export function kind<
  B extends Shape,
  M extends Partial<Record<"labels" | "annotations" | "ownerReferences", Field<unknown>>>,
>(versions: readonly string[], body: B, metadata: M = {} as M): Kind<Kept<B, M>> {
  const whole = object({ metadata: object({ ...Meta, ...metadata }), ...body });
  return {
    versions,
    reads: object(body).reads,
    reduce: (value) => {
      const kept = whole(value) as { metadata?: { name?: string } } | undefined;
      return kept?.metadata?.name ? (kept as unknown as Kept<B, M>) : undefined;
    },
  };
}

/** For kinds that selectors are matched against. */
export const withLabels = { labels: textMap };
