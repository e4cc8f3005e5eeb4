import { type Observation, PUSH_BYTES_MAX, type PushBatch } from "@/contract/telemetry";

/** A batch without its name. */
export type BatchDraft = Omit<PushBatch, "sequence">;

/**
 * Names a draft, in as many batches as its size asks for: halved by observations, then by entities.
 * @param takeSequence gives the next free number of the epoch
 */
export function packBatches(draft: BatchDraft, takeSequence: () => number, bytesMax = PUSH_BYTES_MAX): PushBatch[] {
  const halves = Buffer.byteLength(JSON.stringify(draft)) > bytesMax - SEQUENCE_BYTES ? halve(draft) : null;
  if (!halves) return [{ ...draft, sequence: takeSequence() }];
  return halves.flatMap((half) => packBatches(half, takeSequence, bytesMax));
}

/** Room for `,"sequence":` and its number. */
const SEQUENCE_BYTES = 32;

function halve(draft: BatchDraft): BatchDraft[] | null {
  return halveByObservations(draft) ?? halveByEntities(draft);
}

/** Two drafts with half the observations each; null when there is one only. */
export function halveByObservations(draft: BatchDraft): BatchDraft[] | null {
  const { observations } = draft;
  if (observations.length < 2) return null;
  const middle = Math.ceil(observations.length / 2);
  return divide(draft, observations.slice(0, middle), observations.slice(middle));
}

function halveByEntities(draft: BatchDraft): BatchDraft[] | null {
  const [observation] = draft.observations;
  if (!observation || observation.entities.length < 2) return null;
  const middle = Math.ceil(observation.entities.length / 2);
  return divide(
    draft,
    [{ ...observation, entities: observation.entities.slice(0, middle) }],
    [{ ...observation, entities: observation.entities.slice(middle) }],
  );
}

/** Facts go with the later part, which counts as the newer one; descriptions with the entities that they describe. */
function divide(draft: BatchDraft, first: Observation[], second: Observation[]): BatchDraft[] {
  const { facts, descriptions, ...rest } = draft;
  const descriptionsOf = (observations: Observation[]): Pick<BatchDraft, "descriptions"> => {
    if (!descriptions) return {};
    const names = new Set(observations.flatMap(({ entities }) => entities.map(({ kind, key }) => `${kind}\n${key}`)));
    return { descriptions: descriptions.filter(({ kind, key }) => names.has(`${kind}\n${key}`)) };
  };
  return [
    { ...rest, observations: first, ...descriptionsOf(first) },
    { ...rest, observations: second, ...descriptionsOf(second), ...(facts ? { facts } : {}) },
  ];
}
