import { pino } from "pino";

/** One JSON line an event on stderr; secrets never get into fields, so there is nothing to redact. */
export const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
