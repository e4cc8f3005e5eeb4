import { describe, expect, test } from "vitest";
import { Admission } from "./admission";

const LIMITS = {
  connectionsMax: 3,
  handshakesMax: 2,
  requestsMax: 2,
  organisationBytesPerSecond: 10_000,
  burstSeconds: 1,
};

describe("connections", () => {
  test("are let in up to the limit, and again when one has left", () => {
    const admission = new Admission(LIMITS);
    const enter = () => {
      const wait = admission.enterConnection();
      if (wait === null) admission.endHandshake();
      return wait;
    };
    expect([enter(), enter(), enter()]).toEqual([null, null, null]);
    expect(enter()).toBeGreaterThanOrEqual(5);
    admission.leaveConnection();
    expect(enter()).toBeNull();
  });

  test("that have not proven themselves are few at a time", () => {
    const admission = new Admission(LIMITS);
    expect([admission.enterConnection(), admission.enterConnection()]).toEqual([null, null]);
    expect(admission.enterConnection()).toBeGreaterThanOrEqual(5);
    admission.endHandshake();
    expect(admission.enterConnection()).toBeNull();
  });

  test("that come in vain are spread over the time that letting all of them in takes", () => {
    const admission = new Admission(LIMITS);
    admission.enterConnection();
    admission.enterConnection();
    const waits = Array.from({ length: 5000 }, () => admission.enterConnection() ?? 0);
    expect(Math.max(...waits)).toBeGreaterThan(300);
    expect(Math.max(...waits)).toBeLessThanOrEqual(605);
  });

  test("find a closed door while the gateway stops", () => {
    const admission = new Admission(LIMITS);
    admission.close();
    expect(admission.enterConnection()).toBeGreaterThanOrEqual(5);
    expect(admission.enterRequest()).toBeGreaterThanOrEqual(5);
  });
});

describe("an organisation", () => {
  test("sends its bytes a second and a burst, is told to wait beyond that, and comes in again later", () => {
    const admission = new Admission(LIMITS);
    const take = (at: number) => admission.charge("loud", 1000, at) === null;
    const atOnce = Array.from({ length: 100 }, () => take(0)).filter(Boolean).length;
    expect(atOnce).toBe(9);
    const inTenSeconds = Array.from({ length: 1000 }, (_, index) => take(10 * index)).filter(Boolean).length;
    expect(inTenSeconds).toBeGreaterThan(80);
    expect(inTenSeconds).toBeLessThan(95);
  });

  test("has no part in what another one may send", () => {
    const admission = new Admission(LIMITS);
    for (let at = 0; at < 1000; at += 1) admission.charge("loud", 1000, at);
    expect(admission.charge("quiet", 1000, 1000)).toBeNull();
  });

  test("is not charged for what is refused: however often it tries, it comes in again as early", () => {
    const admission = new Admission(LIMITS);
    for (let at = 0; at < 100_000; at += 1) admission.charge("loud", 1000, 0);
    expect(admission.charge("loud", 1000, 0)).not.toBeNull();
    expect(admission.charge("loud", 1000, 1000 * LIMITS.burstSeconds)).toBeNull();
  });
});
