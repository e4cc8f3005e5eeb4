/**
 * The one access table: who may do what. Server, screens, audit log and tests all read it from here.
 * Pure: no database, no server-only code, so that a screen may import it.
 */

export const ROLES = ["owner", "admin", "operator", "viewer", "auditor"] as const;
export type Role = (typeof ROLES)[number];

/** `<feature>:<verb>`; also the words of the audit log. */
export const PERMISSIONS = [
  "fleet:read",
  "fleet:update",
  "telemetry:read",
  "agents:read",
  "agents:enrol",
  "agents:approve",
  "agents:revoke",
  "access:read",
  "access:manage",
  "access:own",
  "audit:read",
  "senders:read",
  "senders:write",
  "lists:share",
  "support:subscribe",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const READ: readonly Permission[] = [
  "fleet:read",
  "telemetry:read",
  "agents:read",
  "senders:read",
  "access:own",
  "support:subscribe",
];

const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  owner: PERMISSIONS,
  admin: PERMISSIONS,
  operator: [...READ, "fleet:update", "agents:approve", "lists:share"],
  viewer: READ,
  auditor: [...READ, "access:read", "audit:read"],
};

/** Permissions that need the whole organisation: a role that is limited to some sites never has them. */
const WHOLE_ORGANISATION: readonly Permission[] = ["access:read", "access:manage", "audit:read"];

/** What of a caller the table needs. */
export type Grant = { role: Role; hasFullScope: boolean };

/** True when this role, with this reach, may do it. */
export function can(grant: Grant, permission: Permission): boolean {
  if (!grant.hasFullScope && WHOLE_ORGANISATION.includes(permission)) return false;
  return ROLE_PERMISSIONS[grant.role].includes(permission);
}

/** Roles that this caller may give, change or take away: an admin has no say over owners. */
export function assignableRoles(grant: Grant): readonly Role[] {
  if (!can(grant, "access:manage")) return [];
  return grant.role === "owner" ? ROLES : ROLES.filter((role) => role !== "owner");
}

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** The token behind the # of an invitation link: 32 random bytes, prefixed so that secret scanners know it. */
export const INVITATION_TOKEN_PATTERN = /^fbi_[A-Za-z0-9_-]{43}$/;

/** Shortest password, in characters (NIST SP 800-63B-4 asks for 15 where it is the only factor). */
export const PASSWORD_LENGTH_MIN = 15;
export const PASSWORD_LENGTH_MAX = 200;
