import {
  condition,
  degraded,
  type Finding,
  failed,
  mustBeTrue,
  paused,
  unknown,
  words,
} from "@/agent/kubernetes/facts/judge";
import type { Reader, Sight } from "@/agent/kubernetes/facts/section";
import type { Kept } from "@/agent/kubernetes/resources";
import { partOf } from "./part";
import { byGroup, byImage, imageNamed } from "./recognise";
import type { Part, SystemFacts } from "./system";

const SERVER = /(?:^|\/)rancher\/rancher(?::|@|$)/;
const AGENT = /(?:^|\/)rancher\/rancher-agent(?::|@|$)/;
const UPGRADES = imageNamed("system-upgrade-controller");
/** An agent of Fleet reports every quarter of an hour. */
const FLEET_SILENT_AFTER_S = 30 * 60;

/** The manager. Its API groups alone are no proof: a managed cluster has some of them. */
export const rancher: SystemFacts = {
  system: "rancher",
  needs: ["clusters.provisioning.cattle.io"],
  recognise: (reader) => (byGroup("management.cattle.io")(reader) ? byImage(SERVER)(reader) : undefined),
  controllers: SERVER,
  parts: ({ view }) =>
    [...view.list("clusters.provisioning.cattle.io").values()].map(({ metadata, spec, status }) => {
      const findings = [
        mustBeTrue(status?.conditions, "Ready", "not_ready"),
        status?.agentConnected === false && failed("not_heard_of"),
      ];
      return partOf("Cluster", metadata, findings, {
        texts: {
          version: spec?.kubernetesVersion,
          provider: metadata.labels?.["provider.cattle.io"],
          id: status?.clusterName,
        },
      });
    }),
};

/** What makes a cluster one that Rancher manages. */
export const rancherAgent: SystemFacts = {
  system: "rancher_agent",
  recognise: byImage(AGENT),
  controllers: AGENT,
};

export const fleet: SystemFacts = {
  system: "fleet",
  needs: ["clusters.fleet.cattle.io"],
  recognise: (reader: Reader) => byGroup("fleet.cattle.io")(reader),
  controllers: imageNamed("fleet", "fleet-agent"),
  parts: (sight) =>
    [...sight.view.list("clusters.fleet.cattle.io").values()].map((one) => {
      const { ready, desiredReady } = one.status?.summary ?? {};
      return partOf("Cluster", one.metadata, fleetFindings(one, sight), {
        figures: { ready, wanted: desiredReady },
        texts: { state: one.status?.display?.state, bundles: one.status?.display?.readyBundles },
      });
    }),
};

function fleetFindings({ spec, status }: Kept<"clusters.fleet.cattle.io">, { nowSeconds, changesAt }: Sight) {
  if (spec?.paused) return [paused("suspended")];
  const found: (Finding | undefined)[] = [mustBeTrue(status?.conditions, "Ready", "not_ready", "degraded")];
  const { ready = 0, desiredReady } = status?.summary ?? {};
  if (desiredReady !== undefined && ready < desiredReady)
    found.push(degraded("bundles_not_ready", `${ready}/${desiredReady}`));
  const lastSeen = status?.agent?.lastSeen;
  if (lastSeen === undefined) return [...found, unknown("not_told", "lastSeen")];
  changesAt(lastSeen + FLEET_SILENT_AFTER_S);
  // Ready is what it last said of itself.
  if (nowSeconds >= lastSeen + FLEET_SILENT_AFTER_S)
    found.push(failed("not_heard_of", new Date(lastSeen * 1000).toISOString()));
  return found;
}

export const systemUpgradeController: SystemFacts = {
  system: "system_upgrade_controller",
  needs: ["plans.upgrade.cattle.io"],
  recognise: byGroup("upgrade.cattle.io"),
  controllers: UPGRADES,
  parts: ({ view }) => [...view.list("plans.upgrade.cattle.io").values()].map(planPart),
};

function planPart({ metadata, spec, status }: Kept<"plans.upgrade.cattle.io">): Part {
  const { window } = spec ?? {};
  const findings = [
    mustBeTrue(status?.conditions, "LatestResolved", "version_not_resolved"),
    validated(status?.conditions),
    planFailure(status?.conditions),
  ];
  return partOf("Plan", metadata, findings, {
    figures: { concurrency: spec?.concurrency, applying: status && (status.applying?.length ?? 0) },
    texts: {
      version: spec?.version,
      channel: spec?.channel,
      latest: status?.latestVersion,
      window:
        window &&
        `${window.days?.join(" ") ?? ""} ${window.startTime ?? ""}-${window.endTime ?? ""} ${window.timeZone ?? ""}`.trim(),
    },
  });
}

type Conditions = NonNullable<Kept<"plans.upgrade.cattle.io">["status"]>["conditions"];

/** Older controllers do not write it. */
function validated(conditions: Conditions): Finding | undefined {
  const one = condition(conditions, "Validated");
  return one?.status === "False" ? failed("invalid", words(one)) : undefined;
}

/** Not complete is a plan at work; with a reason that says so it is one that failed. */
function planFailure(conditions: Conditions): Finding | undefined {
  const complete = condition(conditions, "Complete");
  return complete?.status === "False" && complete.reason === "JobFailed"
    ? failed("upgrade_failed", words(complete))
    : undefined;
}
