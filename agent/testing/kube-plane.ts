import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import * as https from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
export const KIT = resolve(fileURLToPath(new URL("../../..", import.meta.url)), "shared/kube");
const SCHEMAS = resolve(KIT, "../crds");

/** Why there is no real control plane to test with; null when there is one. For the titles of tests that are skipped. */
export const planeMissing = existsSync(join(KIT, "kube-up")) ? null : "no Kubernetes to run beside the repository";

/** The published definitions of a system, as `List`s; null where they are not beside the repository. */
export function findDefinitions(system: string): { items: unknown[] } | null {
  const path = join(SCHEMAS, `${system}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { items: unknown[] }) : null;
}

export type ApiObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  [key: string]: unknown;
};

/** A real control plane on loopback, of one test file: etcd and the API server. */
export class KubePlane {
  readonly folder: string;
  readonly programs: string;
  readonly #arguments: string;
  #values: Record<string, string> = {};
  #connections = new https.Agent({ keepAlive: true, maxSockets: 24 });

  private constructor(programs: string, apiServerArguments: string) {
    this.folder = mkdtempSync(join(tmpdir(), "fernblick-kube-"));
    this.programs = programs;
    this.#arguments = apiServerArguments;
  }

  /** @param apiServerArguments as its command line takes them. Takes about ten seconds. */
  static async start(apiServerArguments = ""): Promise<KubePlane> {
    const plane = new KubePlane(await unpack(), apiServerArguments);
    endWithUs(plane.folder);
    await plane.up();
    return plane;
  }

  /** Starts what does not run. */
  async up(): Promise<void> {
    await run("env", [
      `KUBE_APISERVER_ARGS=${this.#arguments}`,
      join(KIT, "kube-up"),
      "-d",
      this.folder,
      this.programs,
    ]);
    const lines = readFileSync(join(this.folder, "env"), "utf8").trim().split("\n");
    this.#values = Object.fromEntries(lines.map((line) => line.split("=", 2) as [string, string]));
    this.#connections.destroy();
    this.#connections = new https.Agent({ keepAlive: true, maxSockets: 24, ca: readFileSync(this.#value("KUBE_CA")) });
  }

  async close(): Promise<void> {
    this.#connections.destroy();
    await run(join(KIT, "kube-up"), ["down", this.folder]);
  }

  /** Ends the API server as a crash does. Its data stay. */
  async killApiServer(): Promise<void> {
    const [pid] = readFileSync(join(this.folder, "run/kube-apiserver.pid"), "utf8").split(" ");
    process.kill(Number(pid), "SIGKILL");
    while (existsSync(`/proc/${pid}`) && !isZombie(Number(pid))) await new Promise(setImmediate);
  }

  get apiPort(): number {
    return Number(this.#value("KUBE_API_PORT"));
  }

  /**
   * A kubeconfig for it.
   * @param user who asks, with nothing but the rights that a role gives; default: the admin
   * @param port of a wire before it
   */
  kubeconfig({ user, port = this.apiPort }: { user?: string; port?: number } = {}): string {
    const path = join(this.folder, `kubeconfig-${user ?? "admin"}-${port}`);
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "plane",
      clusters: [
        {
          name: "plane",
          cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority": this.#value("KUBE_CA") },
        },
      ],
      users: [{ name: "plane", user: { token: this.token, ...(user ? { as: user } : {}) } }],
      contexts: [{ name: "plane", context: { cluster: "plane", user: "plane" } }],
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  get token(): string {
    return this.#value("KUBE_TOKEN");
  }

  get authorityPath(): string {
    return this.#value("KUBE_CA");
  }

  /** Forgets the history of all objects: who watches from before gets 410 (etcd API v3, Compaction). */
  async compact(): Promise<void> {
    const url = `http://127.0.0.1:${this.#value("KUBE_ETCD_PORT")}/v3/kv`;
    const post = (path: string, body: object) =>
      fetch(`${url}/${path}`, { method: "POST", body: JSON.stringify(body) });
    const range = (await (await post("range", { key: "AA==" })).json()) as { header: { revision: string } };
    const answer = await post("compaction", { revision: range.header.revision, physical: true });
    if (!answer.ok) throw new Error(`compaction: ${answer.status} ${await answer.text()}`);
  }

  /** @throws Error with status and text for what is not good */
  async call(method: string, path: string, body?: unknown, contentType = "application/json"): Promise<unknown> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const length = text === undefined ? {} : { "content-length": Buffer.byteLength(text) };
    const headers = { authorization: `Bearer ${this.token}`, "content-type": contentType, ...length };
    return new Promise((done, failed) => {
      const url = `https://127.0.0.1:${this.apiPort}${path}`;
      const request = https.request(url, { method, headers, agent: this.#connections }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", failed);
        response.once("end", () => {
          const answer = Buffer.concat(chunks).toString("utf8");
          if ((response.statusCode ?? 0) < 300) done(JSON.parse(answer));
          else failed(new Error(`${method} ${path}: ${response.statusCode} ${answer.slice(0, 500)}`));
        });
      });
      request.once("error", failed);
      request.end(text);
    });
  }

  /** Makes an object. @param plural for example `volumes` */
  async create(plural: string, object: ApiObject): Promise<void> {
    await this.call("POST", collectionPath(plural, object), object);
  }

  /** Sets the status of an object that is there. */
  async setStatus(plural: string, object: ApiObject, status: object): Promise<void> {
    const path = `${collectionPath(plural, object)}/${object.metadata.name}/status`;
    await this.call("PATCH", path, { status }, "application/merge-patch+json");
  }

  /** Changes an object that is there, by a merge patch; its status too, where that is a resource of its own. */
  async patch(plural: string, object: ApiObject, change: Record<string, unknown>): Promise<void> {
    const { status } = change as { status?: object };
    const path = `${collectionPath(plural, object)}/${object.metadata.name}`;
    await this.call("PATCH", path, change, "application/merge-patch+json");
    if (status) {
      await this.setStatus(plural, object, status).catch((error: Error) => {
        if (!error.message.includes(": 404 ")) throw error;
      });
    }
  }

  async delete(plural: string, object: Pick<ApiObject, "apiVersion" | "metadata">): Promise<void> {
    // At once: there is no kubelet that would end a pod.
    await this.call("DELETE", `${collectionPath(plural, object)}/${object.metadata.name}`, { gracePeriodSeconds: 0 });
  }

  #value(name: string): string {
    const value = this.#values[name];
    if (!value) throw new Error(`the plane told no ${name}`);
    return value;
  }
}

function collectionPath(plural: string, { apiVersion, metadata }: Pick<ApiObject, "apiVersion" | "metadata">): string {
  const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return metadata.namespace ? `${base}/namespaces/${metadata.namespace}/${plural}` : `${base}/${plural}`;
}

/** A test runner that is killed closes nothing, and a plane has half a gigabyte. */
function endWithUs(folder: string): void {
  const script = 'while kill -0 "$1" 2>/dev/null; do sleep 2; done; [ ! -d "$2" ] || "$0" down "$2"';
  const watcher = ["-c", script, join(KIT, "kube-up"), String(process.pid), folder];
  spawn("sh", watcher, { detached: true, stdio: "ignore" }).unref();
}

/** A process that ended and that nobody has asked about yet. */
function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/, ""));
  } catch {
    return true;
  }
}

/** Once for all test files and runs, 258 MiB; two at once do it twice, and one of them stays. */
async function unpack(): Promise<string> {
  const archive = join(KIT, "kube-bin.tar.xz");
  const folder = join(tmpdir(), `fernblick-kube-programs-${statSync(archive).size}`);
  if (existsSync(folder)) return folder;
  const fresh = mkdtempSync(`${folder}-`);
  await run("tar", ["-xJf", archive, "-C", fresh]);
  try {
    renameSync(fresh, folder);
  } catch {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}
