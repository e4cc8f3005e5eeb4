import { expect, test } from "vitest";
import { BatchLookup } from "./batch-lookup";

test("questions that come together are asked together, and each gets its own answer", async () => {
  const asked: number[][] = [];
  const lookup = new BatchLookup<number, string>(async (keys) => {
    asked.push(keys);
    return keys.map((key) => `answer ${key}`);
  });
  expect(await Promise.all([3, 1, 3].map((key) => lookup.find(key)))).toEqual(["answer 3", "answer 1", "answer 3"]);
  expect(await lookup.find(7)).toBe("answer 7");
  expect(asked).toEqual([[3, 1, 3], [7]]);
});

test("a full batch goes at once, and a later one on its own", async () => {
  const asked: number[][] = [];
  const lookup = new BatchLookup<number, number>(
    async (keys) => {
      asked.push(keys);
      return keys;
    },
    { lingerMs: 10_000, keysMax: 2 },
  );
  await Promise.all([lookup.find(1), lookup.find(2)]);
  expect(asked).toEqual([[1, 2]]);
});

test("what fails, fails for all who asked, and not for those who ask later", async () => {
  let isAway = true;
  const lookup = new BatchLookup<number, number>(async (keys) => {
    if (isAway) throw new Error("away");
    return keys;
  });
  const results = await Promise.allSettled([lookup.find(1), lookup.find(2)]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  isAway = false;
  expect(await lookup.find(3)).toBe(3);
});
