import { describe, expect, it } from "vitest";
import { kindOf } from "./resources";
import { foldWarnings } from "./warnings";

const at = (second: number) => new Date(1000 * second).toISOString();
const event = (name: string, rest: object) =>
  kindOf("events").reduce({ metadata: { name }, type: "Warning", ...rest }) as never;
const pod = (uid: string, namespace = "shop") => ({ kind: "Pod", namespace, name: `pod-${uid}`, uid });

describe("warnings", () => {
  it("of the same reason, kind and namespace are one, with the newest message", () => {
    const events = [
      event("a", {
        reason: "BackOff",
        involvedObject: pod("1"),
        count: 7,
        firstTimestamp: at(10),
        lastTimestamp: at(50),
        message: "old",
      }),
      event("b", {
        reason: "BackOff",
        involvedObject: pod("2"),
        eventTime: at(20),
        series: { count: 3, lastObservedTime: at(90) },
        message: "new",
      }),
      event("c", {
        reason: "BackOff",
        involvedObject: pod("2"),
        firstTimestamp: at(5),
        lastTimestamp: at(60),
        message: "between",
      }),
      event("d", { reason: "BackOff", involvedObject: pod("3", "other"), lastTimestamp: at(1) }),
    ];
    expect(foldWarnings(events)).toEqual([
      {
        reason: "BackOff",
        kind: "Pod",
        namespace: "shop",
        objects: 2,
        count: 11,
        firstAt: 5,
        lastAt: 90,
        message: "new",
        example: "pod-2",
      },
      {
        reason: "BackOff",
        kind: "Pod",
        namespace: "other",
        objects: 1,
        count: 1,
        firstAt: 1,
        lastAt: 1,
        message: null,
        example: "pod-3",
      },
    ]);
  });

  it("without a time have none, and not the year 1970", () => {
    expect(foldWarnings([event("a", { reason: "Odd", message: "m" })])).toEqual([
      {
        reason: "Odd",
        kind: "",
        namespace: null,
        objects: 1,
        count: 1,
        firstAt: null,
        lastAt: null,
        message: "m",
        example: null,
      },
    ]);
  });

  it("over the bound are the newest", () => {
    const events = [3, 1, 2].map((second) => event(`e${second}`, { reason: `R${second}`, lastTimestamp: at(second) }));
    expect(foldWarnings(events, 2).map(({ reason }) => reason)).toEqual(["R3", "R2"]);
  });
});
