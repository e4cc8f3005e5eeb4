/** Everything that is ever written to the audit log. A closed list: what is not here cannot be recorded by accident. */
export const AUDIT_ACTIONS = [
  "access:sign-in",
  "access:sign-out",
  "access:sign-in-refused",
  "access:session-revoke",
  "access:password-change",
  "access:invite",
  "access:invitation-revoke",
  "access:invitation-accept",
  "access:member-update",
  "access:member-delete",
  "agents:token-create",
  "agents:token-revoke",
  "agents:enrol",
  "agents:enrol-refused",
  "agents:approve",
  "agents:revoke",
  "fleet:site-create",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];
