import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const fromRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const alias = {
  "server-only": fromRoot("./db/testing/server-only.ts"),
  "@": fromRoot("."),
};
const exclude = [...configDefaults.exclude, "**/.next/**", "**/dist/**", "**/.fernblick/**", "e2e/**"];

export default defineConfig({
  resolve: { alias },
  test: {
    // Vitest leaves one core free, which on a machine with two is half of it.
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          environment: "node",
          include: ["**/*.test.ts"],
          exclude: [...exclude, "**/*.db.test.ts", "**/*.system.test.ts", "components/**/*.test.tsx"],
          // A test that stands still fails; one on a slow or busy machine does not.
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        // tsconfig.json leaves JSX to Next; here the transformer makes it plain calls.
        oxc: { jsx: { runtime: "automatic" } },
        test: {
          name: "screen",
          environment: "jsdom",
          include: ["components/**/*.test.tsx"],
          exclude,
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "db",
          environment: "node",
          include: ["**/*.db.test.ts"],
          exclude,
          globalSetup: ["./db/testing/global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          environment: "node",
          include: ["e2e/system/**/*.test.ts", "**/*.system.test.ts"],
          globalSetup: ["./db/testing/global-setup.ts"],
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
