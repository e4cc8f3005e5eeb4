import { cpus, totalmem } from "node:os";
import { expect, test } from "vitest";
import { Fact } from "@/contract/telemetry";
import { collectPortable, collectPortableFacts } from "./portable";

test("what Node knows on every platform is read, and nothing beyond it is made up", () => {
  const { gauges, counters } = collectPortable();
  expect(gauges.memoryTotalBytes).toEqual({ value: totalmem() });
  expect(counters.cpuIdleSeconds).toMatchObject({ value: { perUnit: 1000 } });
  expect(counters).not.toHaveProperty("cpuIowaitSeconds");
  expect(gauges).not.toHaveProperty("memoryAvailableBytes");
});

test("its facts fit the wire", () => {
  const facts = collectPortableFacts();
  expect(facts.coresLogical).toEqual({ value: cpus().length });
  for (const fact of Object.values(facts)) expect(Fact.safeParse(fact).success).toBe(true);
});
