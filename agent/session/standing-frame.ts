import type { EdgeClock } from "@/agent/edge-clock";
import type { SegmentHead } from "@/agent/spool/segment";
import { withMoments } from "@/agent/spool/thin";
import type { Block } from "@/contract/codec/block";
import { encodeFrame } from "@/contract/codec/frame";

/** A frame that stands alone, and what its message says of the moments in it. */
type StandingFrame = { bytes: Uint8Array; epoch: number; isThinned: boolean; isClockUnsure: boolean };

/**
 * Records of a segment with their moments as they are known to be now.
 * @param block with the edge's own moments
 */
export function standingFrame(
  block: Block,
  { epoch, generation, level }: SegmentHead,
  clock: EdgeClock,
): StandingFrame {
  const corrected = block.moments.map((wall) => clock.correct(generation, wall));
  return {
    bytes: encodeFrame(
      withMoments(
        block,
        corrected.map(({ moment }) => moment),
      ),
    ),
    epoch,
    isThinned: level > 0,
    isClockUnsure: corrected.some(({ isUnsure }) => isUnsure),
  };
}
