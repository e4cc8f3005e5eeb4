import { BlockList, isIP } from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { ConfigError } from "./config";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** As most programs that read these variables do (Go's net/http among them): this machine is never behind a proxy. */
function isThisMachine(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "");
  const version = isIP(name);
  return name === "localhost" || (version > 0 && loopback.check(name, version === 6 ? "ipv6" : "ipv4"));
}

/**
 * The proxy that the environment names for an address: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in
 * capital or small letters. Null for a direct way.
 * @throws ConfigError in one line, without the proxy's password
 */
export function findProxy(gateway: string): URL | null {
  const url = new URL(gateway);
  if (isThisMachine(url.hostname)) return null;
  const found = getProxyForUrl(gateway);
  if (found === "") return null;
  const proxy = URL.canParse(found) ? new URL(found) : null;
  if (proxy && /^https?:$/.test(proxy.protocol) && proxy.hostname !== "") return proxy;
  const shown = found.replace(/\/\/[^@/]*@/, "//…@");
  throw new ConfigError(
    `${url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY"}: found "${shown}"; expected http://host:port`,
  );
}

/**
 * Connections through a proxy's CONNECT, so that what is signed and encrypted stays so from end to end.
 * @param maxSockets at once; what is not used waits for the next request
 * @param signal ends what is connected through it, also while the proxy has not answered yet
 * @returns undefined for a direct way
 */
export function throughProxy(
  gateway: string,
  maxSockets: number,
  signal?: AbortSignal,
): HttpsProxyAgent<string> | undefined {
  const proxy = findProxy(gateway);
  const options = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets, signal };
  return proxy ? new HttpsProxyAgent(proxy.href, options) : undefined;
}
