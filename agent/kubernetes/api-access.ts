import type * as https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { AccessError } from "./access-error";

/** Projected tokens are renewed by the kubelet minutes before they end; client-go reads them once a minute as well. */
const CREDENTIALS_MS = 60_000;
/** A sign-in program that asks a person would wait for ever. */
const SIGN_IN_MS_MAX = 30_000;

type Credentials = Pick<https.RequestOptions, "agent" | "headers" | "auth">;

/** Where the API server is and how to sign in there. The official client does kubeconfig, sign-in and TLS. */
export class ApiAccess {
  readonly server: URL;
  readonly #config: KubeConfig;
  #current: { credentials: Promise<Credentials>; takenAtMs: number } | null = null;
  #connections: { agent: https.Agent; material: string } | null = null;

  private constructor(config: KubeConfig, server: string) {
    this.#config = config;
    this.server = new URL(server);
  }

  /**
   * @param kubeconfig a path; null: the service account of the pod that the agent runs in
   * @param podRoot the pod's root folder
   * @throws AccessError
   */
  static async open(kubeconfig: string | null, podRoot = ""): Promise<ApiAccess> {
    // Only here: on a machine without Kubernetes it stays out of memory.
    const { KubeConfig } = await import("./kube-config");
    const config = new KubeConfig();
    try {
      if (kubeconfig === null) config.loadFromCluster(podRoot);
      else config.loadFromFile(kubeconfig);
    } catch (error) {
      throw new AccessError(`${kubeconfig ?? "the service account"} cannot be read: ${messageOf(error)}`);
    }
    const server = config.getCurrentCluster()?.server;
    if (!server || !URL.canParse(server) || server.includes("//undefined")) {
      throw new AccessError(
        kubeconfig === null
          ? "this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set; give --kubernetes a kubeconfig"
          : `${kubeconfig} names no current context with the address of a cluster`,
      );
    }
    informSignIn(config);
    return new ApiAccess(config, server);
  }

  /**
   * What a request has to carry now.
   * @throws AccessError when signing in fails: no token, a program that ends badly or does not end
   */
  async credentials(): Promise<Credentials> {
    const nowMs = performance.now();
    if (!this.#current || nowMs - this.#current.takenAtMs > CREDENTIALS_MS) {
      this.#current = { credentials: this.#signIn(), takenAtMs: nowMs };
      // Not kept for a minute: the next request tries again.
      this.#current.credentials.catch(() => this.forget());
    }
    return this.#current.credentials;
  }

  /** The server did not take the credentials: new ones next time. */
  forget(): void {
    this.#current = null;
  }

  close(): void {
    this.#connections?.agent.destroy();
    this.#connections = null;
  }

  async #signIn(): Promise<Credentials> {
    const options: https.RequestOptions = {};
    const patience = new AbortController();
    try {
      await Promise.race([
        this.#config.applyToHTTPSOptions(options),
        delay(SIGN_IN_MS_MAX, undefined, { signal: patience.signal }).then(() => {
          throw new Error(`no answer within ${SIGN_IN_MS_MAX / 1000} s`);
        }),
      ]);
    } catch (error) {
      throw new AccessError(`signing in to the cluster failed: ${messageOf(error).trim()}`);
    } finally {
      patience.abort();
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    return { headers, agent: this.#connectionsFor(options), ...(options.auth ? { auth: options.auth } : {}) };
  }

  /** The client makes a pool of connections for each request; one is enough for as long as it would be the same. */
  #connectionsFor(options: https.RequestOptions): https.Agent {
    const { ca, cert, key, rejectUnauthorized, servername } = options;
    const material = [ca, cert, key, rejectUnauthorized, servername].map(String).join("\n");
    if (this.#connections?.material === material) return this.#connections.agent;
    const agent = options.agent as https.Agent;
    Object.assign(agent, { keepAlive: true, maxFreeSockets: 4 });
    // Requests under way keep their connections; they end with them.
    if (this.#connections) retire(this.#connections.agent);
    this.#connections = { agent, material };
    return agent;
  }
}

function retire(agent: https.Agent): void {
  Object.assign(agent, { keepAlive: false });
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

/**
 * Tells a sign-in program what Kubernetes promises to tell it, and the client does not: that nobody can be asked
 * (client.authentication.k8s.io, KUBERNETES_EXEC_INFO).
 */
function informSignIn(config: KubeConfig): void {
  const exec = config.getCurrentUser()?.exec as Exec | undefined;
  if (!exec) return;
  const value = JSON.stringify({ apiVersion: exec.apiVersion, kind: "ExecCredential", spec: { interactive: false } });
  exec.env = [...(exec.env ?? []), { name: "KUBERNETES_EXEC_INFO", value }];
}

type Exec = { apiVersion?: string; env?: { name: string; value: string }[] };

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
