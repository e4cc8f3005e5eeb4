import type { Reason } from "@/contract/cluster/health";
import type { Health } from "@/contract/cluster/healths";
import type { ReasonCode } from "@/contract/cluster/reasons";

export type Judged = { health: Health; reasons: Reason[] };

export const healthy: Judged = { health: "healthy", reasons: [] };

/** Not healthy, for one reason. */
export const ill = (health: Exclude<Health, "healthy">, code: ReasonCode, detail?: string): Judged => ({
  health,
  reasons: [detail === undefined ? { code } : { code, detail }],
});
