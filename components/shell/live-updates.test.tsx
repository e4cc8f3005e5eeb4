// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveStatus, LiveUpdates } from "./live-updates";
import { type Stage, stage } from "./testing";

type Data = { data: { topics: string[] } };
const stream = vi.hoisted(() => ({
  status: "connecting",
  reset: vi.fn(),
  onData: (_message: Data) => {},
  inputs: [] as unknown[],
}));
vi.mock("@trpc/tanstack-react-query", () => ({
  useSubscription: () => ({ status: stream.status, reset: stream.reset }),
}));
vi.mock("./trpc-provider", () => {
  const area = (name: string) => ({ pathKey: () => [[name]] });
  return {
    useTRPC: () => ({
      ...Object.fromEntries(["clusters", "agents", "audit", "senders", "access"].map((name) => [name, area(name)])),
      telemetry: { ...area("telemetry"), quarantine: area("quarantine") },
      fleet: {
        ...area("fleet"),
        updates: {
          subscriptionOptions: (input: unknown, { onData }: { onData: typeof stream.onData }) => {
            stream.inputs.push(input);
            stream.onData = onData;
          },
        },
      },
    }),
  };
});

let page: Stage;
let client: QueryClient;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  page = stage();
  client = new QueryClient();
  stream.reset.mockReset();
  stream.inputs = [];
});
afterEach(() => {
  page.remove();
  client.clear();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function show(status: string): void {
  stream.status = status;
  page.draw(
    <QueryClientProvider client={client}>
      <LiveUpdates>
        <LiveStatus />
      </LiveUpdates>
    </QueryClientProvider>,
  );
}
const wait = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

/** The stream fails, and is opened again; how many milliseconds later. */
async function failOnce(): Promise<number> {
  stream.reset.mockClear();
  show("error");
  let waited = 0;
  for (; stream.reset.mock.calls.length === 0 && waited < 100_000; waited += 500) await wait(500);
  show("connecting");
  return waited;
}

test("a stream that goes on failing is opened again after longer and longer waits, and after a message soon again", async () => {
  const waits = [];
  for (let failure = 1; failure <= 6; failure += 1) waits.push(await failOnce());
  expect(waits).toEqual([2500, 5000, 10_000, 20_000, 30_000, 30_000]);
  act(() => stream.onData({ data: { topics: [] } }));
  show("error");
  await wait(2500);
  expect(stream.inputs.at(-1)).toEqual({ wasConnected: true });
});

test("a stream that the server has ended is opened again", async () => {
  show("idle");
  await wait(2500);
  expect(stream.reset).toHaveBeenCalledTimes(1);
});

test.each([
  ["pending", "Live"],
  ["connecting", "Polling"],
  ["error", "Polling"],
])("a stream that is %s is called %s", (status, word) => {
  show(status);
  expect(document.body.textContent).toContain(word);
});
