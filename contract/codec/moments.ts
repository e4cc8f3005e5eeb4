import { type BitReader, type BitWriter, unzigzag, zigzag } from "./bits";
import { CodecError } from "./codec-error";

/** Most moments in one block. */
export const MOMENTS_MAX = 4096;
/** Latest moment: 7 February 2106. */
export const MOMENT_MAX = 2 ** 32 - 1;
const MOMENT_BITS = 32;

/** Last moment and distance of a session; a distance of 0 says that there was none. */
export type Rhythm = { last: number; distance: number };

/** Writes ascending epoch seconds: the first one whole, then how much each distance differs from the one before. */
export function encodeMoments(writer: BitWriter, moments: readonly number[], rhythm: Rhythm): void {
  writer.putGamma(moments.length);
  for (const moment of moments) {
    if (rhythm.last === 0) {
      writer.putWide(moment, MOMENT_BITS);
    } else {
      const distance = moment - rhythm.last;
      writer.putRice(zigzag(distance - rhythm.distance), 0);
      rhythm.distance = distance;
    }
    rhythm.last = moment;
  }
}

/** @throws CodecError for more than `MOMENTS_MAX`, for moments that do not ascend, or for none */
export function decodeMoments(reader: BitReader, rhythm: Rhythm): number[] {
  const count = reader.getGamma();
  if (count > MOMENTS_MAX) throw new CodecError(`found ${count} moments, expected ${MOMENTS_MAX} at most`);
  const moments: number[] = [];
  for (let at = 0; at < count; at += 1) {
    if (rhythm.last === 0) {
      rhythm.last = reader.getWide(MOMENT_BITS);
    } else {
      rhythm.distance += unzigzag(reader.getRice(0));
      rhythm.last += rhythm.distance;
      if (at > 0 && rhythm.distance <= 0) throw new CodecError("found moments that do not ascend");
    }
    if (!(rhythm.last > 0 && rhythm.last <= MOMENT_MAX)) throw new CodecError(`found the moment ${rhythm.last}`);
    moments.push(rhythm.last);
  }
  return moments;
}

/** @throws CodecError for moments that `encodeMoments` could not give back */
export function assertMoments(moments: readonly number[]): void {
  if (moments.length === 0 || moments.length > MOMENTS_MAX) {
    throw new CodecError(`found ${moments.length} moments, expected 1 to ${MOMENTS_MAX}`);
  }
  moments.forEach((moment, at) => {
    if (!Number.isInteger(moment) || moment <= (moments[at - 1] ?? 0) || moment > MOMENT_MAX) {
      throw new CodecError(`found the moment ${moment} at place ${at}, expected whole epoch seconds that ascend`);
    }
  });
}
