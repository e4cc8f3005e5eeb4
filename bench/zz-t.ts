import { createRandom, seedOf } from "@/bench/data/random";
import { planFaults } from "@/bench/simulation/fault-plan";

const seed = Number(process.argv[2]);
for (const f of planFaults(createRandom(seedOf(seed, 1)), 86400))
  console.log(new Date(Date.UTC(2026, 4, 1) + f.atSeconds * 1000).toISOString(), JSON.stringify(f.fault));
