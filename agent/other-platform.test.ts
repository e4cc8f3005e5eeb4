import { describe, expect, test, vi } from "vitest";
import { MACHINE_FACTS } from "@/contract/fact-names";
import { makeHost } from "./testing/made-up-host";

vi.mock("node:os", async (original) => ({ ...(await original<object>()), platform: () => "darwin" }));

const { BootTime } = await import("./collectors/operating-system");
const { readMachineFacts } = await import("./machine-facts");
const { MachineReader } = await import("./machine-reader");
const { Settler } = await import("./settle");

const NO_COLLECTOR = { code: "not_supported", detail: "no collector for this on darwin" };

const fail = (collector: string, error: unknown) => {
  throw new Error(`${collector}: ${String(error)}`);
};

describe("a platform other than Linux", () => {
  test("gives what Node knows; the rest has no collector there, and is no nought", async () => {
    const reader = new MachineReader(makeHost().roots, new Settler(), fail);
    const { samples, descriptions } = await reader.read();
    const [machine, ...others] = samples;
    expect([...others, ...descriptions]).toEqual([]);
    expect(machine?.readings.memoryTotalBytes).toBeGreaterThan(0);
    for (const name of ["memoryAvailableBytes", "swapTotalBytes", "cpuStealSeconds", "energyJoules"]) {
      expect(machine?.unknown?.[name]).toEqual(NO_COLLECTOR);
      expect(machine?.readings).not.toHaveProperty(name);
    }
  });

  test("has all facts, each known or unknown for a reason", async () => {
    const facts = await readMachineFacts(makeHost().roots, new BootTime());
    expect(Object.keys(facts).sort()).toEqual([...MACHINE_FACTS].sort());
    expect(facts.sockets).toEqual({ unknown: NO_COLLECTOR });
    expect(facts.coresLogical).toHaveProperty("value");
  });
});
