import {
  clip,
  degraded,
  type Finding,
  failed,
  type Judgement,
  judge,
  notKnown,
  paused,
  unknown,
} from "@/agent/kubernetes/facts/judge";
import type { Reader, Section, Sight, Source } from "@/agent/kubernetes/facts/section";
import { workloadHealth } from "@/agent/kubernetes/facts/workload-health";
import { type Workload, workloadModel } from "@/agent/kubernetes/facts/workload-model";
import type { ResourceName } from "@/agent/kubernetes/resources";
import type { ItemOf } from "@/contract/cluster/items";
import type { System } from "@/contract/cluster/systems";
import { imageTag, workloadsWith } from "./recognise";

export type Part = Omit<ItemOf<"part">, "system" | "health" | "reasons"> & Judgement;

/** How a system is recognised, read and judged. */
export type SystemFacts = {
  system: System;
  /** What its judgement needs: where one of these is not known, it cannot be healthy. */
  needs?: readonly ResourceName[];
  /** What else `recognise`, `parts` and `version` read. */
  alsoReads?: readonly Source[];
  /** What proves that it is here: the string that was found, and where. */
  recognise: (reader: Reader) => string | undefined;
  /** Image of what keeps the parts as they should be. Without it running, what the parts say is of yesterday. */
  controllers?: RegExp;
  parts?: (sight: Sight) => Part[];
  /** Type of the part that speaks for the whole. */
  leading?: string;
  /** Types of parts that are over, as single backups are: they do not count for the health of the system. */
  history?: readonly string[];
  version?: (reader: Reader) => string | undefined;
};

/** What is computed of a system: its parts, and then itself. */
export function systemSections(facts: SystemFacts): Section[] {
  const { system, needs = [], alsoReads = [], parts } = facts;
  const reads = [...needs, ...alsoReads];
  const partSection: Section = {
    reads,
    describe: (sight) => ({
      part: new Map(parts?.(sight).map((part) => [partKey(system, part), { system, ...part }])),
    }),
  };
  const systemSection: Section = {
    reads: [...reads, ...RECOGNISED_BY, ...workloadModel.reads],
    after: partSection,
    describe: (sight, { part }) => {
      // Told by the section above, with codes of ours.
      const item = systemItem(facts, sight, [...(part?.values() ?? [])] as Part[]);
      return { system: new Map(item ? [[system, item]] : []) };
    },
  };
  return [partSection, systemSection];
}

const RECOGNISED_BY: readonly Source[] = ["api", "nodes", "csidrivers.storage.k8s.io", "storageclasses.storage.k8s.io"];

const partKey = (system: System, { type, namespace = "", name }: Part) => `${system}/${type}/${namespace}/${name}`;

function systemItem(facts: SystemFacts, sight: Sight, parts: readonly Part[]): ItemOf<"system"> | undefined {
  const proof = facts.recognise(sight);
  if (!proof) return undefined;
  const controllers = controllersOf(facts, sight);
  const counted = parts.filter(({ type }) => !facts.history?.includes(type));
  const version =
    facts.version?.(sight) ??
    imageTag(
      controllers.flatMap(({ images }) => images),
      facts.controllers,
    );
  return {
    version: version && clip(version, 120),
    namespace: controllers[0]?.namespace ?? counted.find(({ namespace }) => namespace)?.namespace,
    proof: clip(proof),
    parts: {
      total: counted.length,
      healthy: counted.filter(({ health }) => health === "healthy").length,
      unknown: counted.filter(({ health }) => health === "unknown").length,
    },
    ...systemHealth(facts, sight, counted, controllers),
  };
}

function systemHealth(
  facts: SystemFacts,
  sight: Sight,
  parts: readonly Part[],
  controllers: readonly Workload[],
): Judgement {
  const leading = parts.filter(({ type }) => type === facts.leading);
  const others = parts.filter(({ type }) => type !== facts.leading);
  return judge(
    ...notKnown(sight, ...(facts.needs ?? [])),
    ...(facts.controllers ? controllerFindings(sight, controllers) : []),
    ...leading.flatMap(ownFindings),
    ...partFindings(others),
    facts.leading !== undefined && leading.length === 0 && unknown("not_told", facts.leading),
    // Nothing speaks for it.
    !facts.controllers && parts.length === 0 && unknown("not_told"),
  );
}

function ownFindings({ health, reasons, name }: Part): Finding[] {
  if (health === "healthy") return [];
  if (reasons.length === 0) return [{ health, code: "not_told", detail: name }];
  return reasons.map(({ code, detail }) => ({ health, code, detail: detail ? `${name}: ${detail}` : name }));
}

function partFindings(parts: readonly Part[]): Finding[] {
  const having = (...healths: readonly string[]) => parts.filter(({ health }) => healths.includes(health)).length;
  const running = parts.length - having("paused");
  const of = (count: number) => `${count}/${parts.length}`;
  if (parts.length > 0 && running === 0) return [paused("parts_paused", of(parts.length))];
  const failures = having("failed");
  const found: Finding[] = [];
  if (failures > 0) found.push((failures === running ? failed : degraded)("parts_failed", of(failures)));
  if (having("degraded") > 0) found.push(degraded("parts_degraded", of(having("degraded"))));
  if (having("unknown") > 0) found.push(unknown("parts_unknown", of(having("unknown"))));
  return found;
}

function controllersOf({ controllers }: SystemFacts, reader: Reader): Workload[] {
  if (!controllers) return [];
  return workloadsWith(reader, controllers).filter(({ kind }) => kind !== "Job" && kind !== "CronJob");
}

function controllerFindings(sight: Sight, controllers: readonly Workload[]): Finding[] {
  const missing = notKnown(sight, "deployments.apps", "daemonsets.apps", "statefulsets.apps");
  if (controllers.length === 0) return missing.length > 0 ? missing : [unknown("controller_not_found")];
  return controllers.flatMap((workload) => {
    const { health, reasons } = workloadHealth(workload, sight);
    if (health === "healthy") return [];
    const detail = [workload.name, reasons[0]?.code, reasons[0]?.detail].filter((part) => part).join(": ");
    return [{ health, code: CONTROLLER_CODES[health], detail }];
  });
}

const CONTROLLER_CODES = {
  failed: "controller_down",
  degraded: "controller_degraded",
  paused: "controller_stopped",
  unknown: "controller_unknown",
} as const;
