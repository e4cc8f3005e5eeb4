/**
 * Whether something in a cluster does what it is there for, as the agent judged it from what it read.
 * `paused`: somebody stopped it on purpose. `unknown`: what it takes to judge could not be read; never shown as healthy.
 */
export const HEALTHS = ["healthy", "degraded", "failed", "paused", "unknown"] as const;
export type Health = (typeof HEALTHS)[number];
