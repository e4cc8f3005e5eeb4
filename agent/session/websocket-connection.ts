import { WebSocket } from "ws";
import type { AgentEngine } from "@/agent/engine";
import { throughProxy } from "@/agent/proxy";
import { AGENT_VERSION } from "@/agent/version";
import { MESSAGE_BYTES_MAX, SESSION_PATH, SESSION_PROTOCOL } from "@/contract/session";

/** For the way there, a proxy's answer included; what answers then has as long again for the handshake. */
const HANDSHAKE_MS_MAX = 20_000;
/** Nothing heard, not even a ping: proxies and phones forget connections without a word. */
const SILENCE_MS_MAX = 150_000;

/** Answers that a post would get as well: proxy authentication required, bad gateway, unavailable, gateway timeout. */
const NOT_OF_WEBSOCKETS = new Set([407, 502, 503, 504]);

/** How opening a WebSocket ended. `blocked`: something answered that is no WebSocket, as proxies do. */
export type OpenOutcome = "open" | "blocked" | "failed";

/**
 * Opens a session for the engine and carries its bytes. Resolves once it is open or has failed; afterwards the engine
 * is told when it closes.
 * @param handshakeMs how long the way there may take
 */
export function openWebSocket(
  gateway: string,
  engine: AgentEngine,
  handshakeMs = HANDSHAKE_MS_MAX,
): Promise<OpenOutcome> {
  const base = gateway.replace(/\/$/, "").replace(/^http/, "ws");
  const ended = new AbortController();
  const socket = new WebSocket(base + SESSION_PATH, SESSION_PROTOCOL, {
    agent: throughProxy(gateway, 1, ended.signal),
    perMessageDeflate: false,
    handshakeTimeout: handshakeMs,
    followRedirects: false,
    maxPayload: MESSAGE_BYTES_MAX,
    headers: { "user-agent": `fernblick-agent/${AGENT_VERSION}` },
  });
  return new Promise((resolve) => {
    let isOpen = false;
    let isHeard = false;
    let isBlocked = false;
    let isClosed = false;
    let reason = "the connection was closed";
    // The handshake's own time begins with a connection, which there is none of before the proxy has answered.
    let isSilent = false;
    let silence = setTimeout(() => {
      isSilent = true;
      reason = `nothing answered within ${(2 * handshakeMs) / 1000} s`;
      socket.terminate();
    }, 2 * handshakeMs);
    silence.unref();
    const hear = () => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.terminate(), SILENCE_MS_MAX);
      silence.unref();
    };
    socket.on("open", () => {
      isOpen = true;
      hear();
      engine.opened({
        isStateless: false,
        sendText: (text) => socket.send(text),
        sendBytes: (bytes) => socket.send(bytes),
        close: () => {
          // The engine knows: it must not be told again.
          isClosed = true;
          socket.close();
          setTimeout(() => socket.terminate(), 2000).unref();
        },
      });
    });
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      hear();
      isHeard = true;
      resolve("open");
      if (isBinary) engine.onBytes(data);
      else engine.onText(data.toString("utf8"));
    });
    socket.on("ping", hear);
    socket.on("unexpected-response", (_request, response) => {
      const { statusCode = 0 } = response;
      // "Later" comes from a gateway; a proxy or balancer says that the gateway is away, or that it wants to know who
      // asks. Anything else comes from something that does not let a WebSocket through.
      isBlocked = !NOT_OF_WEBSOCKETS.has(statusCode);
      reason = `the WebSocket was answered with status ${statusCode}`;
      response.destroy();
      socket.terminate();
    });
    socket.on("error", (error) => {
      if (isSilent) return;
      reason = error.message || reason;
      // A proxy that does not speak WebSocket answers with a page, or lets the handshake run out.
      if (/Unexpected server response|handshake has timed out|Invalid/.test(error.message)) isBlocked = true;
    });
    socket.on("close", () => {
      clearTimeout(silence);
      ended.abort();
      if (!isClosed) {
        isClosed = true;
        engine.closed(reason);
      }
      // Opened and cut off without a word: that was something between, too.
      if (!isHeard) resolve(isBlocked || isOpen ? "blocked" : "failed");
    });
  });
}
