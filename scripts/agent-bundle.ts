import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Two thirds of the agent's code, which an agent of a machine never runs: what is imported only when it is wanted. */
const WANTED_LATER = /^\.\/kubernetes\/[a-z-]+$/;

/** What `agent/` imports later. */
const KUBERNETES = ["./kubernetes/cluster-source", "./kubernetes/open-cluster", "./kubernetes/read-cluster"];

/**
 * Bundles the agent as one file that needs nothing but Node. What speaks to a cluster is in it packed, and is unpacked
 * and compiled when it is first imported: an agent of a machine pays for it neither in memory nor at its start.
 * @param outfile an absolute path
 */
export async function bundleAgent(outfile: string): Promise<void> {
  await build({
    ...SHARED,
    entryPoints: ["agent/main.ts"],
    outfile,
    banner: { js: "#!/usr/bin/env node" },
    plugins: [packLater],
  });
}

const SHARED: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  logLevel: "silent",
  legalComments: "none",
  // The mark that keeps server code out of browser bundles throws outside of React's own server build.
  alias: { "server-only": join(ROOT, "node_modules", "server-only", "empty.js") },
};

const packLater: Plugin = {
  name: "pack what is imported later",
  setup(bundler) {
    bundler.onResolve({ filter: WANTED_LATER }, ({ kind, path }) => {
      if (kind !== "dynamic-import") return null;
      if (!KUBERNETES.includes(path)) throw new Error(`${path} has to be named here as one that is imported later`);
      return { path: "kubernetes", namespace: "packed" };
    });
    // One for all of them: what they share is then there once.
    bundler.onLoad({ filter: /.*/, namespace: "packed" }, async () => ({
      contents: unpacking(await codeOf(KUBERNETES)),
    }));
  },
};

async function codeOf(modules: readonly string[]): Promise<string> {
  const contents = modules.map((module) => `export * from ${JSON.stringify(module)};`).join("\n");
  const { outputFiles } = await build({
    ...SHARED,
    stdin: { contents, resolveDir: join(ROOT, "agent") },
    write: false,
  });
  return outputFiles?.[0]?.text ?? "";
}

function unpacking(code: string): string {
  return `
    const { brotliDecompressSync } = require("node:zlib");
    const { compileFunction } = require("node:vm");
    const packed = "${brotliCompressSync(code).toString("base64")}";
    const code = brotliDecompressSync(Buffer.from(packed, "base64")).toString();
    const run = compileFunction(code, ["module", "exports", "require"], { filename: "fernblick-agent-kubernetes.cjs" });
    run(module, exports, require);
  `;
}
