import { runOperatorCommand } from "./operator-commands";

runOperatorCommand(process.argv.slice(2), {
  input: process.stdin,
  print: (line) => void process.stdout.write(`${line}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`fernblick: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
