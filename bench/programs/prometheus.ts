import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@/e2e/system/programs";
import { requireProgram, type StartedProgram, startProgram } from "./debian-program";

export type Prometheus = StartedProgram & { url: string; dataFolder: string };

/**
 * Debian's Prometheus as a remote-write receiver, on 127.0.0.1, with its defaults.
 * @param config more of prometheus.yml, for example what it scrapes and where it writes to
 */
export async function startPrometheus(folder: string, port: number, config = ""): Promise<Prometheus> {
  const program = requireProgram("prometheus");
  const dataFolder = join(folder, "prometheus");
  mkdirSync(dataFolder, { recursive: true });
  const configFile = join(folder, "prometheus.yml");
  writeFileSync(configFile, config);
  const parameters = [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${dataFolder}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-remote-write-receiver",
    "--log.level=warn",
  ];
  const started = startProgram(program, parameters, join(folder, "prometheus.log"));
  const url = `http://127.0.0.1:${port}`;
  await until("Prometheus is ready", async () => (await fetch(`${url}/-/ready`).catch(() => null))?.status === 200);
  return { ...started, url, dataFolder };
}
