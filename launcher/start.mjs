// `npm start`. Plain JavaScript that a Node of long ago still parses, so that it can say it is too old.
import { fileURLToPath } from "node:url";
import { findNodeComplaint } from "./node-version.mjs";

async function start() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  process.chdir(root);
  const { installIfNeeded } = await import("./install.mjs");
  await installIfNeeded();
  // In this very process: one process less to forward signals through, and one exit code.
  const { register } = await import("tsx/esm/api");
  register({ tsconfig: `${root}tsconfig.json` });
  const { main } = await import("./main.ts");
  await main();
}

const complaint = findNodeComplaint(process.versions.node);
if (complaint) {
  console.error(complaint);
  process.exit(1);
}
start().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
