/** What one process of returning agents is asked to do. */
export type StormOrder = {
  gatewayUrl: string;
  seed: number;
  from: number;
  to: number;
  nodes: number;
  /** Moments that each agent kept while it was away. */
  backlogMoments: number;
  intervalSeconds: number;
  /** Newest moment, epoch seconds. */
  newestMoment: number;
  /** First attempts come at random times within so many seconds. */
  spreadSeconds: number;
  /** Gives up after so many seconds. */
  seconds: number;
};

/** Told once a second. */
export type StormReport = {
  /** Agents whose newest moment and backlog are acknowledged. */
  current: number;
  connecting: number;
  frames: number;
  samples: number;
  /** Attempts that were answered with "later", and those that broke. */
  refused: number;
  broken: number;
  /** Time from the attempt to the refusal, milliseconds. */
  refusalMilliseconds: number[];
  /** How long the gateway said to wait, seconds. */
  retryAfterSeconds: number[];
  isDone: boolean;
};
