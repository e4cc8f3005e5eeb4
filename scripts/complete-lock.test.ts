import { expect, test } from "vitest";
import { completeLock } from "./complete-lock";

const present = { version: "1.2.3" };

test("a missing optional platform package is added with the parent's version and the platform of its name", () => {
  const { packages, added } = completeLock({
    "": {},
    "node_modules/tool": {
      ...present,
      dev: true,
      optionalDependencies: {
        "@tool/linux-x64-musl": "1.2.3",
        "@tool/darwin-arm64": "^1.2.3",
        "@tool/wasm32-wasi": "1.2.3",
      },
    },
  });
  expect(added).toHaveLength(3);
  expect(packages["node_modules/@tool/linux-x64-musl"]).toEqual({
    version: "1.2.3",
    cpu: ["x64"],
    dev: true,
    libc: ["musl"],
    optional: true,
    os: ["linux"],
  });
  expect(packages["node_modules/@tool/darwin-arm64"]).toMatchObject({
    version: "1.2.3",
    os: ["darwin"],
    cpu: ["arm64"],
  });
  expect(packages["node_modules/@tool/wasm32-wasi"]).toMatchObject({ cpu: ["wasm32"] });
});

test("a package that is there, beside its parent or above it, is left as it is", () => {
  const packages = {
    "": {},
    "node_modules/a": { ...present, optionalDependencies: { "a-linux-x64": "1.2.3", "b-linux-x64": "1.2.3" } },
    "node_modules/a/node_modules/a-linux-x64": present,
    "node_modules/b-linux-x64": present,
  };
  expect(completeLock(packages).added).toEqual([]);
});

test("completing twice adds nothing the second time", () => {
  const once = completeLock({
    "": {},
    "node_modules/a": { ...present, optionalDependencies: { "a-win32-x64": "1.2.3" } },
  });
  expect(once.added).toEqual(["node_modules/a-win32-x64"]);
  expect(completeLock(once.packages).added).toEqual([]);
});
