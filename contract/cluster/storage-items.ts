// As a namespace: the agent's bundle then holds only what it uses of zod.
import * as z from "zod";
import { Judgement } from "./health";

/** Items of storage (see `items.ts`). */
const name = z.string().max(253);
const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();
const second = z.number().int();
const labels = z.record(z.string().max(320), z.string().max(300));

/** A claim of storage. Key: `<namespace>/<name>`. */
export const claim = z.object({
  namespace: name,
  name,
  uid: z.string().max(60).optional(),
  phase: z.string().max(60).optional(),
  storageClass: name.optional(),
  volume: name.optional(),
  volumeMode: z.string().max(30).optional(),
  accessModes: z.array(z.string().max(30)).max(10),
  requestedBytes: amount.optional(),
  capacityBytes: amount.optional(),
  createdAt: second.optional(),
  /** Keys of the applications that mount it. */
  applications: z.array(z.string().max(520)).max(50),
  ...Judgement,
});

/** A volume of the cluster. Key: its name. */
export const volume = z.object({
  phase: z.string().max(60).optional(),
  driver: name.optional(),
  handle: z.string().max(300).optional(),
  storageClass: name.optional(),
  capacityBytes: amount.optional(),
  reclaimPolicy: z.string().max(30).optional(),
  /** Key of the claim that it is bound to. */
  claim: z.string().max(520).optional(),
  createdAt: second.optional(),
});

/** Key: its name. */
export const storageClass = z.object({
  provisioner: name,
  reclaimPolicy: z.string().max(30).optional(),
  bindingMode: z.string().max(60).optional(),
  isExpandable: z.boolean().optional(),
  isDefault: z.boolean().optional(),
  parameters: labels.optional(),
});

/** Key: the driver's name. */
export const csiDriver = z.object({
  /** Of the systems that are recognised. */
  system: z.string().max(60).optional(),
  isCapacityTold: z.boolean().optional(),
  nodes: count.optional(),
});

/** What a driver says is left, per class and topology (CSIStorageCapacity). Key: `<namespace>/<name>`. */
export const capacity = z.object({
  storageClass: name,
  topology: labels.optional(),
  availableBytes: amount.optional(),
  largestVolumeBytes: amount.optional(),
});

/** A snapshot of a claim. Key: `<namespace>/<name>`. */
export const snapshot = z.object({
  namespace: name,
  name,
  claim: name.optional(),
  snapshotClass: name.optional(),
  deletionPolicy: z.string().max(30).optional(),
  isReady: z.boolean().optional(),
  restoreBytes: amount.optional(),
  takenAt: second.optional(),
  ...Judgement,
});
