import { type Known, known, unknown } from "@/agent/host-roots";
import { applicationModel } from "@/agent/kubernetes/facts/applications";
import type { Pod } from "@/agent/kubernetes/facts/pods";
import type { Reader } from "@/agent/kubernetes/facts/section";
import type { Settled, Settler } from "@/agent/settle";
import type { MetricName } from "@/contract/metrics";
import { type Fill, fillFigures, isStale, type KubeletPod, type KubeletStats, podKey } from "./kubelet-stats";
import type { Figures, SampleBook } from "./sample-book";

const NANO_PER_UNIT = 1e9;
/** Kubelets look at volumes once a minute (volumeStatsAggPeriod). */
const FIRST_LOOK_S = 180;
const FILL: readonly MetricName<"filesystem">[] = [
  "sizeBytes",
  "usedBytes",
  "availableBytes",
  "inodesTotal",
  "inodesFree",
];

/** Turns what kubelets say into readings of nodes, claims and applications. */
export class KubeletReadings {
  readonly #settler: Settler;
  #lastAtSeconds: number | null = null;

  constructor(settler: Settler) {
    this.#settler = settler;
  }

  /** @param nowSeconds since 1970 */
  put(book: SampleBook, reader: Reader, stats: KubeletStats, nowSeconds: number): void {
    const pods = new Map<string, KubeletPod>();
    for (const [node, outcome] of stats) {
      if ("unknown" in outcome) {
        book.put("filesystem", `${node}/nodefs`, noFill(outcome.unknown.code));
        continue;
      }
      const { fs, runtime } = outcome.value.node ?? {};
      // As the kubelet calls it: where it is mounted it does not say.
      book.put("filesystem", `${node}/nodefs`, fillFigures(fs, nowSeconds) ?? noFill(reasonOfNone(fs, nowSeconds)));
      putImages(book, node, fs, runtime?.imageFs, nowSeconds);
      for (const pod of outcome.value.pods ?? []) pods.set(podKey(pod), pod);
    }
    putClaims(book, reader, { stats, pods, nowSeconds });
    this.#putApplications(book, reader, pods, nowSeconds);
    this.#lastAtSeconds = nowSeconds;
  }

  #putApplications(book: SampleBook, { get }: Reader, pods: ReadonlyMap<string, KubeletPod>, nowSeconds: number): void {
    this.#settler.begin({ bootId: null, uptimeSeconds: nowSeconds });
    for (const [key, workloads] of get(applicationModel)) {
      const running = workloads.flatMap((workload) => workload.pods.filter(isRunning));
      const told = running.map((pod) => pods.get(nameOf(pod)));
      const seconds = this.#settler.settleSum(
        `application/${key}/cpuUsedSeconds`,
        "kubelet",
        told.map((pod) => this.#settlePod(pod)),
        NANO_PER_UNIT,
      );
      book.put("application", key, { cpuUsedSeconds: "unknown" in seconds ? codeOf(seconds) : seconds });
    }
  }

  /** What a pod that was started since the last look has used, it has used since then. */
  #settlePod(pod: KubeletPod | undefined): Settled {
    const nanoseconds = pod?.cpu?.usageCoreNanoSeconds;
    const uid = pod?.podRef?.uid;
    // Nought is not measured yet: nothing starts without using any.
    if (!pod || !nanoseconds || uid === undefined) return { ...unknown("not_yet", ""), grownRaw: 0n };
    const name = `pod/${uid}`;
    const isKnown = this.#settler.lastRawOf(name) !== null;
    const settled = this.#settler.settle(name, known({ raw: BigInt(Math.round(nanoseconds)), perUnit: NANO_PER_UNIT }));
    if (isKnown) return settled;
    const isFresh = this.#lastAtSeconds !== null && (pod.startTime ?? 0) >= this.#lastAtSeconds;
    return isFresh ? settled : { value: 0, grownRaw: 0n };
  }
}

const reasonOfNone = (told: Fill | undefined, nowSeconds: number): Code =>
  isStale(told, nowSeconds) ? "read_failed" : "not_offered";

/** Where images have a filesystem of their own. What is used in it is not told, only what images take of it. */
function putImages(
  book: SampleBook,
  node: string,
  fs: Fill | undefined,
  images: Fill | undefined,
  nowSeconds: number,
): void {
  const isSame = fs?.capacityBytes === images?.capacityBytes && fs?.inodes === images?.inodes;
  const figures = isSame ? null : fillFigures(images, nowSeconds);
  if (figures) book.put("filesystem", `${node}/imagefs`, { ...figures, usedBytes: unknown("not_offered", "") });
}

type ToldByKubelets = { stats: KubeletStats; pods: ReadonlyMap<string, KubeletPod>; nowSeconds: number };

/** Each claim that is bound has a fill, or a reason why it is not known: it is never left out. */
function putClaims(book: SampleBook, { view }: Reader, told: ToldByKubelets): void {
  const mounts = new Map<string, Pod[]>();
  for (const pod of view.list("pods").values()) {
    if (!isRunning(pod)) continue;
    for (const { persistentVolumeClaim } of pod.spec?.volumes ?? []) {
      const key = `${pod.metadata.namespace ?? ""}/${persistentVolumeClaim?.claimName ?? ""}`;
      mounts.set(key, [...(mounts.get(key) ?? []), pod]);
    }
  }
  for (const [key, { status }] of view.list("persistentvolumeclaims")) {
    if (status?.phase === "Bound") book.put("volume", key, claimFill(key, mounts.get(key) ?? [], told));
  }
}

function claimFill(
  key: string,
  mounting: readonly Pod[],
  { stats, pods, nowSeconds }: ToldByKubelets,
): Figures<"volume"> {
  if (mounting.length === 0) return noFill("not_yet");
  let reason: Code | null = null;
  for (const pod of mounting) {
    const told = pods.get(nameOf(pod));
    const volume = told?.volume?.find(({ pvcRef }) => `${pvcRef?.namespace ?? ""}/${pvcRef?.name ?? ""}` === key);
    const figures = fillFigures(volume, nowSeconds);
    if (figures) return figures;
    if (isStale(volume, nowSeconds)) reason ??= "read_failed";
    const outcome = stats.get(pod.spec?.nodeName ?? "");
    if (!outcome) reason ??= "read_failed";
    else if ("unknown" in outcome) reason ??= outcome.unknown.code;
    else if (!told || nowSeconds - (told.startTime ?? 0) < FIRST_LOOK_S) reason ??= "not_yet";
  }
  // All its nodes answered: its driver tells nothing (no GET_VOLUME_STATS), or it is a block device.
  return noFill(reason ?? "not_offered");
}

type Code = Parameters<typeof unknown>[0];

/** The code alone: the words stand at the source. */
const noFill = (code: Code): Record<(typeof FILL)[number], Known<number>> =>
  Object.fromEntries(FILL.map((name) => [name, unknown(code, "")])) as Record<(typeof FILL)[number], Known<number>>;
const codeOf = ({ unknown: { code } }: ReturnType<typeof unknown>) => unknown(code, "");
const isRunning = ({ status }: Pod) => status?.phase === "Running";
const nameOf = ({ metadata }: Pod) => `${metadata.namespace ?? ""}/${metadata.name}`;
