import { describe, expect, test } from "vitest";
import { isPlausibleMachineId, isPlausibleProviderId, isPlausibleUuid } from "./machine-identity";

describe("a system UUID", () => {
  test.each([
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "01010101-0101-0101-0101-010101010101",
    "03000200-0400-0500-0006-000700080009",
    "6AB5B300-538D-1014-9FB5-B0684D007B53",
    "4C4C4544-0000-2010-8020-80C04F202020",
    "Not Settable",
    "4c4c45440042-4d10-8052-b4c04f4e3333",
    "",
  ])("%j, which many machines share or which is none, is no identity", (uuid) => {
    expect(isPlausibleUuid(uuid)).toBe(false);
  });

  test.each(["4C4C4544-0042-4D10-8052-B4C04F4E3333", "00000000-0000-0000-0000-ac1f6b8c1a2e"])(
    "%j, which one machine has, is one",
    (uuid) => {
      expect(isPlausibleUuid(uuid)).toBe(true);
    },
  );
});

test("a machine id that was never made is no identity", () => {
  for (const id of ["uninitialized", "", "0".repeat(32), "0123456789abcdef0123456789abcdef", "3d1219c7"]) {
    expect(isPlausibleMachineId(id), id).toBe(false);
  }
  expect(isPlausibleMachineId("3d1219c7c4c5404aaa1f6d2a48adfda4")).toBe(true);
});

test("an instance id is one only where a provider gave it", () => {
  for (const id of ["nocloud:iid-local01", "none:iid-datasource-none", "aws:", "i-0abc", "openstack:00000000"]) {
    expect(isPlausibleProviderId(id), id).toBe(false);
  }
  expect(isPlausibleProviderId("aws:i-0a1b2c3d4e5f60718")).toBe(true);
  expect(isPlausibleProviderId("hetzner:48213377")).toBe(true);
});
