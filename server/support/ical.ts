/**
 * Calendars as RFC 5545 writes them: lines of at most 75 octets that end in CRLF, texts escaped, days without a time.
 */

export type CalendarEvent = {
  /** The same for the same thing for ever: a calendar that reads again then changes what it has. */
  uid: string;
  /** `2027-06-28`, a whole day. */
  day: string;
  summary: string;
  description: string;
  url: string;
  /** Days before at which the calendar reminds, with the sentence that it shows. */
  alarm: { daysBefore: number; text: string } | null;
};

export type Calendar = {
  name: string;
  language: string;
  events: readonly CalendarEvent[];
  /** When this was put together. */
  madeAt: Date;
  /** How soon it is worth to read it again. */
  refreshHours: number;
};

const LINE_OCTETS_MAX = 75;

/** A content line folded at 75 octets (RFC 5545, 3.1), never within a character. */
export function foldLine(line: string): string {
  const parts: string[] = [];
  let part = "";
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > LINE_OCTETS_MAX) {
      parts.push(part);
      part = "";
      // The space that begins the next line is one of its octets.
      octets = 1;
    }
    part += character;
    octets += size;
  }
  return [...parts, part].join("\r\n ");
}

/** Text as a value (3.3.11): backslash, semicolon, comma and line breaks escaped, other control characters left out. */
export const escapeText = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, "\n")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 5545 allows none of these in a text
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f]/g, " ")
    .replaceAll(/[\\;,]/g, (sign) => `\\${sign}`)
    .replaceAll("\n", "\\n");

const dateOf = (day: string): string => day.replaceAll("-", "");
const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
const stampOf = (moment: Date): string => `${moment.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

function eventLines({ uid, day, summary, description, url, alarm }: CalendarEvent, madeAt: Date): string[] {
  return [
    "BEGIN:VEVENT",
    `UID:${escapeText(uid)}`,
    `DTSTAMP:${stampOf(madeAt)}`,
    `DTSTART;VALUE=DATE:${dateOf(day)}`,
    // The end is the first day that it is over (3.6.1).
    `DTEND;VALUE=DATE:${dateOf(nextDay(day))}`,
    `SUMMARY:${escapeText(summary)}`,
    `DESCRIPTION:${escapeText(description)}`,
    `URL:${url}`,
    "TRANSP:TRANSPARENT",
    ...(alarm
      ? [
          "BEGIN:VALARM",
          "ACTION:DISPLAY",
          `DESCRIPTION:${escapeText(alarm.text)}`,
          `TRIGGER:-P${alarm.daysBefore}D`,
          "END:VALARM",
        ]
      : []),
    "END:VEVENT",
  ];
}

/** A whole calendar as a file. */
export function writeCalendar({ name, language, events, madeAt, refreshHours }: Calendar): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    `PRODID:-//Fernblick//Support//${language.toUpperCase()}`,
    "CALSCALE:GREGORIAN",
    // RFC 7986, and what came before it.
    `NAME:${escapeText(name)}`,
    `X-WR-CALNAME:${escapeText(name)}`,
    `REFRESH-INTERVAL;VALUE=DURATION:PT${refreshHours}H`,
    `X-PUBLISHED-TTL:PT${refreshHours}H`,
    ...events.flatMap((event) => eventLines(event, madeAt)),
    "END:VCALENDAR",
  ];
  return `${lines.map(foldLine).join("\r\n")}\r\n`;
}
