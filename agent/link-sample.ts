import type { AgentEngine } from "./engine";
import type { EntitySample } from "./entity-reading";

/** Key of the one entity of kind link. */
const LINK_KEY = "gateway";

/** What went over the agent's own link: telemetry like any other. */
export function linkSample({ ledger: { bytes }, spool }: AgentEngine): EntitySample {
  return {
    kind: "link",
    key: LINK_KEY,
    readings: {
      liveBytes: bytes.live,
      backlogBytes: bytes.backlog,
      reportBytes: bytes.report,
      controlBytes: bytes.control,
      framingSentBytes: bytes.framingSent,
      framingReceivedBytes: bytes.framingReceived,
      controlReceivedBytes: bytes.controlReceived,
      connects: bytes.connects,
      refusals: bytes.refusals,
      spoolBytes: spool.bytes,
      spoolMoments: spool.moments,
      thinnedMoments: bytes.thinnedMoments,
      droppedMoments: bytes.droppedMoments,
      samples: bytes.samples,
    },
    unknown: { roundTripSeconds: { code: "not_yet", detail: "no answer was timed yet" } },
  };
}
