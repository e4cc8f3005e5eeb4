import { degraded, type Finding, failed, paused, unknown } from "@/agent/kubernetes/facts/judge";
import type { Kept } from "@/agent/kubernetes/resources";
import { partOf } from "./part";
import { byGroup, imageNamed } from "./recognise";
import type { SystemFacts } from "./system";

type Host = Kept<"baremetalhosts.metal3.io">;

export const metal3: SystemFacts = {
  system: "metal3",
  needs: ["baremetalhosts.metal3.io"],
  recognise: byGroup("metal3.io"),
  controllers: imageNamed("baremetal-operator"),
  parts: ({ view }) =>
    [...view.list("baremetalhosts.metal3.io").values()].map((host) => {
      const { metadata, status } = host;
      const { hardware } = status ?? {};
      return partOf("BareMetalHost", metadata, findings(host), {
        figures: { cores: hardware?.cpu?.count, memoryMebibytes: hardware?.ramMebibytes },
        texts: {
          state: status?.provisioning?.state,
          hostname: hardware?.hostname,
          vendor: hardware?.systemVendor?.manufacturer,
          product: hardware?.systemVendor?.productName,
          processor: hardware?.cpu?.model,
        },
      });
    }),
};

function findings({ spec, status }: Host): (Finding | false)[] {
  const is = status?.operationalStatus;
  const error = [status?.errorType, status?.errorMessage].filter((part) => part).join(": ");
  return [
    is === "error" && failed("host_error", error),
    is === "detached" && paused("detached"),
    (is === "discovered" || is === "delayed") && degraded("phase", is),
    (is === undefined || is === "") && unknown("not_told", "operationalStatus"),
    // Errors stay written here while they are tried again.
    is === "OK" && error !== "" && degraded("host_error", error),
    spec?.online === true && status?.poweredOn === false && degraded("powered_off"),
  ];
}
