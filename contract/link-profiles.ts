/** What an agent records and when it sends: the richest first. */
export const LINK_PROFILES = ["full", "lean", "heartbeat"] as const;
export type LinkProfile = (typeof LINK_PROFILES)[number];
export const LINK_PROFILE_CHOICES = [...LINK_PROFILES, "auto"] as const;
export type LinkProfileChoice = (typeof LINK_PROFILE_CHOICES)[number];
