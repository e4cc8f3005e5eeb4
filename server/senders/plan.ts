import { createHash } from "node:crypto";
import type { LabelMap, Reading, Rules } from "@/contract/exporters/meaning";
import { PROMETHEUS_RULES } from "@/contract/exporters/prometheus";
import { factsOfSeries, type HostFacts, isInfoMetric } from "./host-facts";
import { OTEL_RULES } from "./meaning-otel";
import { type Series, seriesText } from "./samples";

/** What a sender's samples belong to: one job and instance, or one OTLP resource. A stream of its own. */
export type TargetName = {
  /** Tells it from the sender's other targets. */
  name: string;
  /** The machine, as far as the names tell. */
  host: string;
  /** The site that the token's label names; null where the token itself is of a site. */
  siteName: string | null;
};

/** How a metric is understood; also the words of the list of metrics. */
export type Meaning = "reading" | "fact" | "left_out" | "unknown";

/** All that follows from the names of a series, worked out once. */
export type SeriesPlan = {
  readonly target: TargetName;
  readonly meaning: Meaning;
  readonly readings: readonly { id: string; reading: Reading }[];
  /** The series as it is kept, for one that nobody understands; null when its name is too long for a key. */
  readonly kept: { id: string; reading: Reading } | null;
  readonly facts: HostFacts;
};

const RULES: Rules = { ...PROMETHEUS_RULES, ...OTEL_RULES };

const TARGET_LENGTH_MAX = 400;
const KEY_LENGTH_MAX = 1000;

/** Plans of one sender's series. */
export class Planner {
  readonly #plans = new WeakMap<Series, SeriesPlan>();

  /** @param siteLabel label or attribute whose value names the site; null when the token is of one site */
  constructor(private readonly siteLabel: string | null) {}

  plan(series: Series): SeriesPlan {
    const known = this.#plans.get(series);
    if (known) return known;
    const made = this.#make(series);
    this.#plans.set(series, made);
    return made;
  }

  #make(series: Series): SeriesPlan {
    const { name, labels, resource } = series;
    const text = seriesText(name, labels);
    const id = (part: number) => createHash("sha256").update(`${part}\n${text}`).digest("base64url").slice(0, 12);
    const found = Object.hasOwn(RULES, name) ? (RULES[name]?.(labels) ?? null) : undefined;
    const readings = (found ?? []).map((reading, part) => ({ id: id(part), reading }));
    return {
      target: nameTarget(labels, resource, this.siteLabel),
      meaning: found ? "reading" : isInfoMetric(name) ? "fact" : found === null ? "left_out" : "unknown",
      readings,
      kept: text.length > KEY_LENGTH_MAX ? null : { id: id(-1), reading: keptReading(text) },
      facts: factsOfSeries(series),
    };
  }
}

const keptReading = (key: string): Reading => ({ kind: "series", key, field: "value", as: "first", scale: 1 });

function nameTarget(labels: LabelMap, resource: LabelMap | null, siteLabel: string | null): TargetName {
  const siteName = siteLabel === null ? null : (labels.get(siteLabel) ?? resource?.get(siteLabel) ?? "");
  const { parts, host } = resource ? resourceParts(resource) : labelParts(labels);
  // Two sites often have a target of the same name: localhost:9100.
  const name = [...(siteName === null ? [] : [siteName]), ...parts].filter(Boolean).join(" ");
  return { name: name.slice(0, TARGET_LENGTH_MAX) || "all", host: host.slice(0, 200) || "all", siteName };
}

type TargetParts = { parts: string[]; host: string };

function labelParts(labels: LabelMap): TargetParts {
  const job = labels.get("job") ?? "";
  const instance = labels.get("instance") ?? labels.get("host") ?? "";
  const node = labels.get("nodename") ?? labels.get("kubernetes_node") ?? labels.get("node");
  return { parts: [job, instance], host: node ?? hostOf(instance) ?? job };
}

function resourceParts(resource: LabelMap): TargetParts {
  const get = (name: string) => resource.get(name) ?? "";
  const host = get("host.name") || get("k8s.node.name") || get("host.id");
  const service = [get("service.namespace"), get("service.name")].filter(Boolean).join("/");
  // An instance id is often made anew at each start; it names a target only where nothing else does.
  const instance = host || get("service.instance.id");
  return { parts: [service, get("k8s.pod.name"), instance], host: instance || service };
}

/** `https://db-1:9100/metrics`, `[::1]:9100`, `10.0.0.1:9100` → the host without its port. */
function hostOf(instance: string): string | null {
  const bare = instance.replace(/^[a-z]+:\/\//, "").replace(/\/.*$/, "");
  const host = bare.startsWith("[") ? bare.slice(1, bare.indexOf("]")) : bare.replace(/:\d+$/, "");
  return host === "" ? null : host;
}
