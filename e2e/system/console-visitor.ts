import type { SuperJSONResult } from "superjson";
import superjson from "superjson";

/** A browser that keeps cookies of the console and follows redirects by hand. */
export class ConsoleVisitor {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly consoleUrl: string) {}

  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const isConsole = url.startsWith(this.consoleUrl);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...init.headers, ...(isConsole ? { cookie } : {}) },
    });
    if (isConsole) {
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") this.cookies.delete(name);
        else this.cookies.set(name, value);
      }
    }
    return response;
  }

  /** Goes on until there is no redirect any more; the addresses on the way. */
  async follow(response: Response, from: string): Promise<{ response: Response; url: string }> {
    let url = from;
    let current = response;
    for (let step = 0; step < 10; step += 1) {
      const location = current.headers.get("location");
      if (!location) return { response: current, url };
      url = new URL(location, url).href;
      current = await this.request(url);
    }
    throw new Error(`more than ten redirects, the last to ${url}`);
  }

  /** @throws Error when the console does not let them in */
  async signIn(email: string, password: string): Promise<void> {
    const { csrfToken } = await this.#csrf();
    const response = await this.request(`${this.consoleUrl}/api/auth/callback/password`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ email, password, csrfToken, callbackUrl: "/fleet" }),
    });
    const location = response.headers.get("location") ?? "";
    if (response.status >= 400 || location.includes("error"))
      throw new Error(`not signed in: ${response.status} ${location}`);
  }

  /** Begins the sign-in through the provider and follows it to its end. */
  async signInThroughProvider(): Promise<{ response: Response; url: string }> {
    const { csrfToken } = await this.#csrf();
    const start = `${this.consoleUrl}/api/auth/signin/oidc`;
    const response = await this.request(start, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ csrfToken, callbackUrl: `${this.consoleUrl}/fleet` }),
    });
    return this.follow(response, start);
  }

  /** What a procedure of the console's API answers. @throws Error with what it said when it refuses */
  async query<T>(path: string, input: object = {}): Promise<T> {
    const text = encodeURIComponent(JSON.stringify(superjson.serialize(input)));
    const response = await this.request(`${this.consoleUrl}/api/trpc/${path}?input=${text}`);
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    const answer = (await response.json()) as { result: { data: SuperJSONResult } };
    return superjson.deserialize<T>(answer.result.data);
  }

  async #csrf(): Promise<{ csrfToken: string }> {
    return (await (await this.request(`${this.consoleUrl}/api/auth/csrf`)).json()) as { csrfToken: string };
  }
}
