import { describe, expect, test } from "vitest";
import { assignableRoles, can, isRole, PERMISSIONS, ROLES } from "./model";

/** The table once more, by hand: a role that gains or loses a permission makes this red. */
const MATRIX: Record<(typeof PERMISSIONS)[number], string> = {
  "fleet:read": "owner admin operator viewer auditor",
  "fleet:update": "owner admin operator",
  "telemetry:read": "owner admin operator viewer auditor",
  "agents:read": "owner admin operator viewer auditor",
  "agents:enrol": "owner admin",
  "agents:approve": "owner admin operator",
  "agents:revoke": "owner admin",
  "access:read": "owner admin auditor",
  "access:manage": "owner admin",
  "access:own": "owner admin operator viewer auditor",
  "audit:read": "owner admin auditor",
  "senders:read": "owner admin operator viewer auditor",
  "senders:write": "owner admin",
  "lists:share": "owner admin operator",
  "support:subscribe": "owner admin operator viewer auditor",
};

describe("the access table", () => {
  test.each(PERMISSIONS)("%s belongs to exactly the roles written here", (permission) => {
    const having = ROLES.filter((role) => can({ role, hasFullScope: true }, permission));
    expect(having.join(" ")).toBe(MATRIX[permission]);
  });

  test("a role that is limited to some sites loses what concerns the whole organisation and keeps the rest", () => {
    for (const role of ROLES) {
      for (const permission of PERMISSIONS) {
        const isWhole = ["access:read", "access:manage", "audit:read"].includes(permission);
        const expected = !isWhole && MATRIX[permission].split(" ").includes(role);
        expect([role, permission, can({ role, hasFullScope: false }, permission)]).toEqual([
          role,
          permission,
          expected,
        ]);
      }
    }
  });

  test("an owner gives every role, an admin every role but owner, nobody else any", () => {
    const given = ROLES.map((role) => assignableRoles({ role, hasFullScope: true }).join(" "));
    expect(given).toEqual(["owner admin operator viewer auditor", "admin operator viewer auditor", "", "", ""]);
  });

  test("who is limited to some sites gives no role, not even as an owner", () => {
    for (const role of ROLES) expect(assignableRoles({ role, hasFullScope: false })).toEqual([]);
  });

  test("only the five roles are roles", () => {
    expect(["owner", "auditor", "Owner", "root", "", "constructor"].map(isRole)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
