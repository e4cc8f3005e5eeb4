import type { Profile } from "@/bench/data/recipes";

/** What the senders of one run will say, so that everybody can make the same readings again. */
export type LoadPlan = {
  seed: number;
  streams: number;
  nodesPerStream: number;
  profile: Profile;
  intervalSeconds: number;
  /** Frames of 60 moments a stream, sent as backlog. */
  backlogFrames: number;
  /** Frames of one moment a stream, sent by HTTP POST. */
  postFrames: number;
  /** Frames of one moment a stream, sent live over the session. */
  liveFrames: number;
  /** Frames of several moments a stream, sent live over the session, as an agent does that seldom sends. */
  batchFrames: number;
  momentsABatch: number;
  /** First moment, epoch seconds. */
  firstMoment: number;
};

export type FrameKind = "backlog" | "post" | "live" | "batch";
export const MOMENTS_A_BACKLOG_FRAME = 60;

/** The frames of a stream in the order of their moments: backlog, POST, live, batches. */
export function framesOf(plan: LoadPlan): { kind: FrameKind; moments: number[] }[] {
  let next = plan.firstMoment;
  const take = (count: number) =>
    Array.from({ length: count }, () => {
      const moment = next;
      next += plan.intervalSeconds;
      return moment;
    });
  return [
    ...Array.from({ length: plan.backlogFrames }, () => ({
      kind: "backlog" as const,
      moments: take(MOMENTS_A_BACKLOG_FRAME),
    })),
    ...Array.from({ length: plan.postFrames }, () => ({ kind: "post" as const, moments: take(1) })),
    ...Array.from({ length: plan.liveFrames }, () => ({ kind: "live" as const, moments: take(1) })),
    ...Array.from({ length: plan.batchFrames }, () => ({ kind: "batch" as const, moments: take(plan.momentsABatch) })),
  ];
}

/** How many moments a stream has in all. */
export const momentsOf = (plan: LoadPlan): number =>
  framesOf({ ...plan, firstMoment: 0 }).reduce((sum, { moments }) => sum + moments.length, 0);

/** How hard to push. */
export type Load = {
  /** Ends after so many seconds, and then waits for what is on its way. */
  seconds: number;
  /** Closed loop: so many pushes are on their way at once. Null: an open loop. */
  inFlight: number | null;
  /** Open loop: so many pushes a second, whatever the answers do. Null: a closed loop. */
  pushesPerSecond: number | null;
  /** Most frames of one stream; null: as many as there are. */
  framesEach: number | null;
};

/** What one process of senders is asked to do. */
export type SenderOrder =
  | { do: "prepare"; plan: LoadPlan; from: number; to: number; gatewayUrl: string }
  | { do: "connect" }
  | { do: "send"; kind: FrameKind; load: Load }
  | { do: "count" };

/** What one phase of one process came to. */
export type SendResult = {
  frames: number;
  samples: number;
  /** Bytes of messages, without any framing. */
  payloadBytes: number;
  /** Bytes of the TCP streams both ways, with all framing. */
  streamBytes: number;
  seconds: number;
  /** From handing over to the acknowledgement. */
  ackMilliseconds: number[];
  refused: Record<string, number>;
};

/** Acknowledged frames of each stream and kind; they are always the first ones. */
export type AcknowledgedFrames = ({ stream: number } & Record<FrameKind, number>)[];

export type SenderWord =
  | { done: "prepare" | "connect" }
  | { done: "send"; result: SendResult }
  | { done: "count"; acknowledged: AcknowledgedFrames }
  | { failed: string };
