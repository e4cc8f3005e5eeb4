/** Words of storage that server and screens share. */

/** It is time to act when it may be full within so many days. */
export const SOON_DAYS = 14;

/** What is said of a pool or volume in one word, the worst first. `soon`: filling, and perhaps full within days. */
export const UNIT_STATES = ["full", "soon", "filling", "unknown", "not_enough_data", "steady"] as const;
export type UnitState = (typeof UNIT_STATES)[number];
