// As a namespace: the agent's bundle then holds only what it uses of zod.
import * as z from "zod";
import { HEALTHS } from "./healths";

/**
 * Why. `code` (`reasons.ts`) has words in the console's languages (`messages/*`, `clusters.reasons`), `detail` is the edge's own:
 * names, figures, the message of the system itself.
 */
export const Reason = z.object({ code: z.string().max(60), detail: z.string().max(300).optional() });
export type Reason = z.infer<typeof Reason>;

/** A newer agent's health is not guessed. */
export const HealthValue = z.enum(HEALTHS).catch("unknown");

export const Judgement = { health: HealthValue, reasons: z.array(Reason).max(20) };
