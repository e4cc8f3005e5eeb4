import { list, object, text, textMapOf } from "@/agent/kubernetes/fields";
import { kind, withLabels } from "@/agent/kubernetes/kind";

export const coreKinds = {
  namespaces: kind(
    ["v1"],
    { status: object({ phase: text }) },
    { ...withLabels, annotations: textMapOf("np.rke2.io/") },
  ),
  resourcequotas: kind(["v1"], { spec: object({ scopes: list(text) }) }),
};
