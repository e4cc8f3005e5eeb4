import * as http from "node:http";
import * as https from "node:https";
import { describeFailure } from "@/agent/gateway-client";
import { type Known, known, unknown } from "@/agent/host-roots";
import { AGENT_VERSION } from "@/agent/version";
import { ExpositionReader, type ExpositionSample } from "./exposition";

const BODY_BYTES_MAX = 8 * 1024 * 1024;

export type Scrape = { samples: ExpositionSample[]; seconds: number };

/**
 * Asks an endpoint for its metrics, once. No redirects are followed, and nothing of the agent is told there.
 * @param isWanted names of metrics that are kept
 * @param limitMs for all of it
 * @returns what it said, or why it could not be read
 */
export async function scrape(
  url: URL,
  isWanted: (name: string) => boolean,
  limitMs: number,
  stop: AbortSignal,
): Promise<Known<Scrape>> {
  const startedAtMs = performance.now();
  const patience = AbortSignal.timeout(limitMs);
  const place = `${url.origin}${url.pathname}`;
  try {
    const response = await ask(url, AbortSignal.any([stop, patience]));
    if (response.statusCode !== 200) {
      response.destroy();
      return unknown("read_failed", `${place}: answered ${response.statusCode}`);
    }
    const reader = new ExpositionReader(isWanted);
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) throw new Error(`more than ${BODY_BYTES_MAX} bytes`);
      reader.push(chunk);
    }
    return known({ samples: reader.end(), seconds: (performance.now() - startedAtMs) / 1000 });
  } catch (error) {
    const reason = patience.aborted ? `no whole answer within ${limitMs / 1000} s` : describeFailure(error);
    return unknown("read_failed", `${place}: ${reason}`);
  }
}

function ask(url: URL, signal: AbortSignal): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { accept: "text/plain;version=0.0.4", "user-agent": `fernblick-agent/${AGENT_VERSION}` };
    // Certificates of pods are made by themselves. Plain HTTP, which most of them speak, proves no more.
    const options = { headers, signal, agent: false as const, rejectUnauthorized: false };
    const request = (url.protocol === "https:" ? https : http).get(url, options, resolve);
    request.once("error", reject);
  });
}
