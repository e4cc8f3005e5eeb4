import { isKnown, type ResourceState } from "@/agent/kubernetes/cluster-view";
import type { ResourceName } from "@/agent/kubernetes/resources";
import type { Reason } from "@/contract/cluster/health";
import type { Health } from "@/contract/cluster/healths";
import type { ReasonCode } from "@/contract/cluster/reasons";
import type { Reader } from "./section";

export type Judgement = { health: Health; reasons: (Reason & { code: ReasonCode })[] };

/** One thing that was found, and what it makes of the health. */
export type Finding = { health: Health; code: ReasonCode; detail?: string | undefined };

const REASONS_MAX = 20;
/** What is longest in an item of the contract. */
const TEXT_MAX = 300;

/** From worst to best. What cannot be judged outweighs what somebody stopped: it might be worse than stopped. */
const ORDER: readonly Health[] = ["failed", "degraded", "unknown", "paused", "healthy"];

export const failed = (code: ReasonCode, detail?: string): Finding => ({ health: "failed", code, detail });
export const degraded = (code: ReasonCode, detail?: string): Finding => ({ health: "degraded", code, detail });
export const paused = (code: ReasonCode, detail?: string): Finding => ({ health: "paused", code, detail });
export const unknown = (code: ReasonCode, detail?: string): Finding => ({ health: "unknown", code, detail });

/** The worst of the findings, the reasons in order from the worst on. Without findings: healthy. */
export function judge(...findings: readonly (Finding | undefined | false)[]): Judgement {
  const held = findings.filter((finding) => !!finding).sort((a, b) => rank(a.health) - rank(b.health));
  const reasons = held
    .slice(0, REASONS_MAX)
    .map(({ code, detail }) => (detail ? { code, detail: clip(detail) } : { code }));
  return { health: held[0]?.health ?? "healthy", reasons };
}

export const worst = (healths: Iterable<Health>): Health =>
  [...healths].sort((a, b) => rank(a) - rank(b))[0] ?? "healthy";

const rank = (health: Health) => ORDER.indexOf(health);

export function clip(text: string, max = TEXT_MAX): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

export const clipped = (text: string | undefined, max = TEXT_MAX): string | undefined =>
  text === undefined ? undefined : clip(text, max);

/** What is wrong when a resource that a judgement needs is not known. */
export function notKnown({ view }: Reader, ...names: readonly ResourceName[]): Finding[] {
  return names.flatMap((name) => {
    const state = view.state(name);
    return isKnown(state) ? [] : [unknown(CODES[state.status], name)];
  });
}

const CODES: Record<ResourceState["status"], ReasonCode> = {
  waiting: "waiting",
  synced: "failing",
  failing: "failing",
  denied: "not_permitted",
  absent: "absent",
  "version not known": "version_unknown",
};

type Condition = {
  type?: string | undefined;
  status?: string | undefined;
  reason?: string | undefined;
  message?: string | undefined;
  lastTransitionTime?: number | undefined;
};

export function condition<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((one) => one.type === type);
}

/** Reason and message of a condition, as one text. */
export function words(one: Condition | undefined): string | undefined {
  return [one?.reason, one?.message].filter((part) => part).join(": ") || undefined;
}

/** What a condition that must be True says: nothing when it is, `code` when it is not, unknown when it is not told. */
export function mustBeTrue(
  conditions: readonly Condition[] | undefined,
  type: string,
  code: ReasonCode,
  health: Health = "failed",
): Finding | undefined {
  const one = condition(conditions, type);
  if (one?.status === "True") return undefined;
  if (one?.status === "False") return { health, code, detail: words(one) };
  return unknown("not_told", words(one) ?? type);
}
