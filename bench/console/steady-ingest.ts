import { fleetAgent } from "@/agent/simulated/fleet-agent";
import { dictionaryHash, dictionaryPayload, SessionClient } from "@/agent/simulated/session-client";
import { NoisyStream } from "@/bench/data/noisy-stream";
import { encodeFrame, SessionState } from "@/contract/codec/frame";

/** So many agents of a seed, each with its own session, that each send one moment of so many nodes every second. */
export type IngestOrder = { gatewayUrl: string; seed: number; agents: number; nodes: number };
export type IngestReport = { acknowledged: number; refused: number; closed: number };

const report: IngestReport = { acknowledged: 0, refused: 0, closed: 0 };

async function speak({ gatewayUrl, seed, nodes }: IngestOrder, at: number): Promise<void> {
  const stream = new NoisyStream({ seed, stream: at, nodes, intervalSeconds: 60, profile: "twelve" });
  const state = new SessionState(stream.layout);
  const { entries } = stream.layout;
  const client = await SessionClient.open({ gatewayUrl, agent: fleetAgent(seed, at), epoch: 1 });
  client.post({ type: "dictionary", payload: dictionaryPayload(entries) }, () => {});
  client.onClosed = () => {
    report.closed += 1;
  };
  let sequence = 0;
  const send = () => {
    sequence += 1;
    const frame = encodeFrame(stream.next([Math.floor(Date.now() / 1000)]), state);
    client.post(
      { type: "live", sequence, hash: sequence === 1 ? dictionaryHash(entries) : null, frame },
      ({ type }) => {
        report[type === "acknowledged" ? "acknowledged" : "refused"] += 1;
      },
    );
  };
  // Not all in the same millisecond.
  setTimeout(() => setInterval(send, 1000), Math.random() * 1000);
}

process.on("message", (order: IngestOrder | "report") => {
  if (order === "report") process.send?.(report);
  else
    void Promise.all(Array.from({ length: order.agents }, (_, at) => speak(order, at))).then(
      () => process.send?.("sending"),
      (error: unknown) => process.send?.(`failed: ${error}`),
    );
});
// Never outlives the bench.
process.on("disconnect", () => process.exit(0));
