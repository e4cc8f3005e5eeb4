import { afterEach, beforeEach, expect, test } from "vitest";
import { type Stage, stage } from "@/components/shell/testing";
import { can, PERMISSIONS, ROLES } from "@/server/access/model";
import { RoleMatrix } from "./role-matrix";

let page: Stage;
beforeEach(() => {
  page = stage();
});
afterEach(() => page.remove());

test("the table says of every role and permission what the server decides, also to who cannot see the ticks", () => {
  page.draw(<RoleMatrix />);
  const said = [...page.root.querySelectorAll("tbody tr")].map((row) =>
    [...row.querySelectorAll("td")].map((cell) => cell.textContent),
  );
  const decided = PERMISSIONS.map((permission) =>
    ROLES.map((role) => (can({ role, hasFullScope: true }, permission) ? "may" : "may not")),
  );
  expect(said).toEqual(decided);
});

test("exactly the permissions that a limited reach takes away carry the note", () => {
  page.draw(<RoleMatrix />);
  const noted = [...page.root.querySelectorAll("tbody th")].map((name) => name.textContent?.includes("¹"));
  expect(noted).toEqual(PERMISSIONS.map((permission) => !can({ role: "owner", hasFullScope: false }, permission)));
});
