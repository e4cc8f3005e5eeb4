import { type Finding, failed, paused, unknown } from "@/agent/kubernetes/facts/judge";
import { partOf } from "./part";
import { byGroup, imageNamed } from "./recognise";
import type { SystemFacts } from "./system";

/** What its policies did is told by an API of its own, which is not read: only that a policy is sound is known. */
export const kasten: SystemFacts = {
  system: "kasten",
  needs: ["policies.config.kio.kasten.io", "profiles.config.kio.kasten.io"],
  recognise: byGroup("config.kio.kasten.io"),
  controllers: imageNamed("controllermanager", "executor"),
  parts: ({ view }) => [
    ...[...view.list("policies.config.kio.kasten.io").values()].map(({ metadata, spec, status }) =>
      partOf("Policy", metadata, [spec?.paused ? paused("suspended") : validation(status?.validation)], {
        texts: { schedule: spec?.frequency, actions: spec?.actions?.map(({ action }) => action).join(", ") },
      }),
    ),
    ...[...view.list("profiles.config.kio.kasten.io").values()].map(({ metadata, spec, status }) =>
      partOf("Profile", metadata, [validation(status?.validation)], { texts: { type: spec?.type } }),
    ),
  ],
};

function validation(text: string | undefined): Finding | undefined {
  if (text === "Success") return undefined;
  return text === "Failed" ? failed("invalid") : unknown("not_told", text ?? "validation");
}
