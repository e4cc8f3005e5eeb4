import { readFileSync } from "node:fs";
import { dictionaryFor, NoisyStream } from "@/bench/data/noisy-stream";
import { enrolFleet } from "@/bench/fleet/enrol-fleet";
import { fleetAgent } from "@/bench/fleet/fleet-agent";
import { dictionaryHash, dictionaryPayload, SessionClient } from "@/bench/fleet/session-client";
import { encodeFrame, SessionState } from "@/contract/codec/frame";
import { openStage } from "./programs/stage";
const N = Number(process.argv[2] ?? 5000);
const stage = await openStage("idle");
await enrolFleet(stage.admin, { seed: 1, streams: N, nodesPerStream: 10 });
const gateway = await stage.startGateway();
const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))?.[1]) / 1024;
const cpu = () => { const f = readFileSync(`/proc/${gateway.pid}/stat`, "utf8").split(" "); return (Number(f[13]) + Number(f[14])) * 10; };
console.log("before", rss());
const t0 = Date.now(); const c0 = cpu();
const clients: SessionClient[] = [];
let refused = 0;
for (let i = 0; i < N; i += 200) {
  clients.push(...await Promise.all(Array.from({ length: Math.min(200, N - i) }, async (_, k) => {
    for (;;) { try { return await SessionClient.open({ gatewayUrl: gateway.url, agent: fleetAgent(1, i + k), epoch: 1 }); } catch (e) { refused++; await new Promise(r => setTimeout(r, 500)); } }
  })));
}
console.log("open", N, "ms", Date.now() - t0, "cpu ms/session", (cpu() - c0) / N, "refused", refused, "rss", rss());
await new Promise(r => setTimeout(r, 6000));
console.log("idle rss", rss());
const seen = new Map<string, number>();
const sampler = setInterval(() => { stage.admin.query("select left(regexp_replace(query, '\\s+', ' ', 'g'), 110) as q, state, wait_event from pg_stat_activity where application_name = 'fernblick-gateway' and state <> 'idle'").then(({ rows }) => { for (const r of rows) { const k = `${r.state} ${r.wait_event} ${r.q}`; seen.set(k, (seen.get(k) ?? 0) + 1); } }).catch(() => {}); }, 50);
const dict = dictionaryFor(10, "twelve");
const t1 = Date.now(); const c1 = cpu();
for (let i = 0; i < N; i += 500) {
  await Promise.all(clients.slice(i, i + 500).map(async (c, k) => {
    const noisy = new NoisyStream({ seed: 1, stream: i + k, nodes: 10, profile: "twelve", intervalSeconds: 60 } as never);
    c.post({ type: "dictionary", payload: dictionaryPayload(dict) }, () => {});
    const answer = await c.send({ type: "live", sequence: 1, hash: dictionaryHash(dict), frame: encodeFrame(noisy.next([Math.floor(Date.now() / 1000)]), new SessionState(noisy.layout)) });
    if (answer.type !== "acknowledged") console.log(answer);
  }));
}
clearInterval(sampler); console.log([...seen].sort((a, b) => b[1] - a[1]).slice(0, 12).map(([k, n]) => n + " " + k).join("\n"));
console.log("first frames ms", Date.now() - t1, "cpu ms/agent", (cpu() - c1) / N, "rss", rss());
await new Promise(r => setTimeout(r, 100));
console.log("idle with state rss", rss());
for (const c of clients) c.close();
await stage.close();
process.exit(0);
