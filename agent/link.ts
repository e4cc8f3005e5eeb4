import { setTimeout as delay } from "node:timers/promises";
import type { AgentEngine } from "./engine";
import type { GatewayClient } from "./gateway-client";
import { HttpConnection } from "./session/http-connection";
import { openWebSocket } from "./session/websocket-connection";
import type { Signer } from "./sign";

/** So many blocked attempts in a row, and the agent takes the way over plain HTTP. */
const BLOCKED_MAX = 2;
/** Over HTTP a WebSocket is tried again this often: the network may have changed. */
const RETRY_WEBSOCKET_MS = 15 * 60_000;
const TICK_MS = 250;

export type LinkOptions = {
  gateway: string;
  engine: AgentEngine;
  client: GatewayClient;
  signer: Signer;
  epoch: number;
  onTick: () => void;
};

/** Keeps a way to the gateway open for the engine until `signal`: a WebSocket, or HTTP where none gets through. */
export async function runLink(options: LinkOptions, signal: AbortSignal): Promise<void> {
  const { gateway, engine, client, signer, epoch, onTick } = options;
  let blocked = 0;
  let http: HttpConnection | null = null;
  let httpSinceMs = 0;
  while (!signal.aborted) {
    const now = performance.now();
    if (http && now - httpSinceMs > RETRY_WEBSOCKET_MS && engine.isOnline) {
      http.close();
      engine.closed("trying a WebSocket again");
      http = null;
      blocked = BLOCKED_MAX - 1;
    }
    const dueAtMs = engine.connectAtMs;
    if (dueAtMs !== null && dueAtMs <= now) {
      if (blocked >= BLOCKED_MAX) {
        if (!http) httpSinceMs = now;
        http = new HttpConnection({ client, signer, epoch, engine });
        http.open();
      } else {
        http = null;
        const outcome = await Promise.race([openWebSocket(gateway, engine), aborted(signal)]);
        blocked = outcome === "blocked" ? blocked + 1 : outcome === "open" ? 0 : blocked;
      }
    }
    engine.tick();
    onTick();
    await delay(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
  engine.stop();
}

function aborted(signal: AbortSignal): Promise<"failed"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("failed");
    signal.addEventListener("abort", () => resolve("failed"), { once: true });
  });
}
