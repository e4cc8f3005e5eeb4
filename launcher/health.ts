import { get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MILLISECONDS = 100;
const ANSWER_MILLISECONDS_MAX = 5_000;

/**
 * Returns when `url` answers 200.
 * @throws Error in one line with the last answer when it does not within `secondsMax`
 */
export async function waitUntilHealthy(url: string, secondsMax: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + secondsMax * 1000;
  for (;;) {
    const answer = await askStatus(url, signal);
    if (answer === "200") return;
    signal.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`${url} did not answer within ${secondsMax} s (${answer})`);
    await delay(POLL_MILLISECONDS, undefined, { signal });
  }
}

/** The status, or the error's code. Not `fetch`: the connection it keeps would hold up the program's stop. */
function askStatus(url: string, signal: AbortSignal): Promise<string> {
  return new Promise((done) => {
    const request = get(url, { agent: false, signal, timeout: ANSWER_MILLISECONDS_MAX }, (response) => {
      response.resume();
      done(String(response.statusCode));
    });
    request.once("timeout", () => request.destroy(new Error("it took too long")));
    request.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}
