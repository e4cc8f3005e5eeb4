import { cpuMicrosOf } from "@/bench/programs/cpu-time";
import type { FrameKind, Load, SendResult } from "./load-plan";
import type { SenderPool } from "./sender-pool";

/** A phase of load, and what it cost the programs that are measured. */
export type Measured = SendResult & { gatewayMicros: number; postgresMicros: number };

export async function measureLoad(
  pool: SenderPool,
  pids: { gateway: number; postgres: number },
  kind: FrameKind,
  load: Load,
): Promise<Measured> {
  const gatewayBefore = cpuMicrosOf(pids.gateway);
  const postgresBefore = cpuMicrosOf(pids.postgres);
  const result = await pool.send(kind, load);
  return {
    ...result,
    gatewayMicros: cpuMicrosOf(pids.gateway) - gatewayBefore,
    postgresMicros: cpuMicrosOf(pids.postgres) - postgresBefore,
  };
}

export const samplesPerSecond = ({ samples, seconds }: Measured): number => (seconds > 0 ? samples / seconds : 0);

export function bytesPerSample(phases: readonly Measured[]): number {
  const sum = (take: (phase: Measured) => number) => phases.reduce((total, phase) => total + take(phase), 0);
  return (
    sum(({ payloadBytes }) => payloadBytes) /
    Math.max(
      1,
      sum(({ samples }) => samples),
    )
  );
}

/** Over several phases: a cost for each frame. */
export function perFrame(phases: readonly Measured[], cost: (phase: Measured) => number): number {
  const frames = phases.reduce((sum, phase) => sum + phase.frames, 0);
  return frames > 0 ? phases.reduce((sum, phase) => sum + cost(phase), 0) / frames : 0;
}
