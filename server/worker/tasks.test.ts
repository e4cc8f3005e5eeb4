import { parseCrontab } from "graphile-worker";
import { expect, test } from "vitest";
import type { Database } from "@/db/client";
import { CRONTAB, tasksFor } from "./tasks";

test("every line of the timetable can be read and names a task that there is", () => {
  const named = parseCrontab(CRONTAB).map(({ task }) => task);
  expect(named.sort()).toEqual(Object.keys(tasksFor({} as Database)).sort());
});
