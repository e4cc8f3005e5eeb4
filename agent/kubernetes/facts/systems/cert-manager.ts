import { degraded, type Finding, failed, mustBeTrue } from "@/agent/kubernetes/facts/judge";
import type { Sight } from "@/agent/kubernetes/facts/section";
import type { Kept } from "@/agent/kubernetes/resources";
import { partOf } from "./part";
import { anyOf, byGroup, byImage, imageNamed } from "./recognise";
import type { SystemFacts } from "./system";

const CONTROLLER = imageNamed("cert-manager-controller");

export const certManager: SystemFacts = {
  system: "cert_manager",
  needs: ["certificates.cert-manager.io"],
  recognise: anyOf(byGroup("cert-manager.io"), byImage(CONTROLLER)),
  controllers: CONTROLLER,
  parts: (sight) =>
    [...sight.view.list("certificates.cert-manager.io").values()].map((one) => {
      const { metadata, spec, status } = one;
      const issuer = spec?.issuerRef;
      return partOf(
        "Certificate",
        metadata,
        [mustBeTrue(status?.conditions, "Ready", "not_ready"), ...ageFindings(one, sight)],
        {
          figures: { failedAttempts: status && (status.failedIssuanceAttempts ?? 0) },
          moments: {
            expiresAt: status?.notAfter,
            renewalAt: status?.renewalTime,
            lastFailureAt: status?.lastFailureTime,
          },
          texts: {
            names: spec?.dnsNames?.join(", "),
            issuer: issuer?.name && `${issuer.kind ?? "Issuer"} ${issuer.name}`,
          },
        },
      );
    }),
};

/** A certificate that is still good and should have been renewed is a failure on its way. */
function ageFindings({ status }: Kept<"certificates.cert-manager.io">, { nowSeconds, changesAt }: Sight): Finding[] {
  const { notAfter, renewalTime } = status ?? {};
  for (const moment of [notAfter, renewalTime]) if (moment !== undefined) changesAt(moment + 1);
  if (notAfter !== undefined && nowSeconds > notAfter) return [failed("certificate_expired")];
  return renewalTime !== undefined && nowSeconds > renewalTime ? [degraded("renewal_due")] : [];
}
