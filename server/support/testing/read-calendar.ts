/** A strict reader of calendars (RFC 5545): whatever is not as the standard says is an error with its line. */

export type Property = { name: string; parameters: Record<string, string>; value: string };
export type Component = { name: string; properties: Property[]; children: Component[] };

const NAME = /^[A-Z0-9-]+$/;
const DATE = /^\d{8}$/;
const ONCE = ["UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL"];

function unfold(text: string): string[] {
  if (!text.endsWith("\r\n")) throw new Error("the last line has no end");
  if (/[^\r]\n|\r[^\n]/.test(text)) throw new Error("a line does not end in CRLF");
  const lines: string[] = [];
  for (const [number, line] of text.slice(0, -2).split("\r\n").entries()) {
    if (Buffer.byteLength(line) > 75) throw new Error(`line ${number + 1} has more than 75 octets`);
    if (line.includes("\uFFFD")) throw new Error(`line ${number + 1} is cut within a character`);
    if (/^[ \t]/.test(line)) lines.push(`${lines.pop() ?? ""}${line.slice(1)}`);
    else lines.push(line);
  }
  return lines;
}

function property(line: string): Property {
  const found = /^([^:;]+)((?:;[^=;:]+=[^;:]*)*):(.*)$/s.exec(line);
  if (!found) throw new Error(`no property: ${line}`);
  const [, name = "", parameters = "", value = ""] = found;
  if (!NAME.test(name)) throw new Error(`no name of a property: ${name}`);
  const pairs = parameters
    .split(";")
    .filter(Boolean)
    .map((pair) => pair.split("=") as [string, string]);
  return { name, parameters: Object.fromEntries(pairs), value };
}

/** The text of a value; an escape that does not exist, or a sign that had to be escaped, is an error. */
export function textOf(value: string): string {
  if (/(?<!\\)(?:\\\\)*[;,]/.test(value)) throw new Error(`not escaped: ${value}`);
  return value.replaceAll(/\\(.?)/gs, (_, sign: string) => {
    if (sign === "n" || sign === "N") return "\n";
    if (sign === "\\" || sign === ";" || sign === ",") return sign;
    throw new Error(`no such escape: \\${sign}`);
  });
}

function check(component: Component): void {
  const all = (name: string) => component.properties.filter((candidate) => candidate.name === name);
  const one = (name: string) => {
    const [found, more] = all(name);
    if (!found || more) throw new Error(`${component.name} needs ${name} once`);
    return found;
  };
  if (component.name === "VCALENDAR") {
    if (one("VERSION").value !== "2.0") throw new Error("VERSION is not 2.0");
    one("PRODID");
  }
  if (component.name === "VEVENT") {
    for (const name of ONCE) if (all(name).length > 1) throw new Error(`${name} more than once`);
    one("UID");
    if (!/^\d{8}T\d{6}Z$/.test(one("DTSTAMP").value)) throw new Error("DTSTAMP is not in UTC");
    for (const name of ["DTSTART", "DTEND"]) {
      const { parameters, value } = one(name);
      if (parameters.VALUE !== "DATE" || !DATE.test(value)) throw new Error(`${name} is no day`);
    }
    if (one("DTEND").value <= one("DTSTART").value) throw new Error("DTEND is not after DTSTART");
    for (const name of ["SUMMARY", "DESCRIPTION"]) textOf(one(name).value);
  }
  if (component.name === "VALARM") {
    if (one("ACTION").value !== "DISPLAY") throw new Error("an alarm that does not display");
    textOf(one("DESCRIPTION").value);
    if (!/^-P\d+D$/.test(one("TRIGGER").value)) throw new Error("TRIGGER is no time before");
  }
}

/**
 * Reads one calendar.
 * @throws Error for what RFC 5545 does not allow
 */
export function readCalendar(text: string): Component {
  const open: Component[] = [];
  let calendar: Component | null = null;
  for (const line of unfold(text)) {
    const { name, parameters, value } = property(line);
    if (calendar) throw new Error("something follows the calendar");
    if (name === "BEGIN") open.push({ name: value, properties: [], children: [] });
    else if (name === "END") {
      const done = open.pop();
      if (done?.name !== value) throw new Error(`END:${value} closes ${done?.name}`);
      check(done);
      const parent = open.at(-1);
      if (parent) parent.children.push(done);
      else calendar = done;
    } else open.at(-1)?.properties.push({ name, parameters, value });
  }
  if (calendar?.name !== "VCALENDAR") throw new Error("no calendar");
  return calendar;
}

/** The text of a property of a component. */
export const wordOf = (component: Component, name: string): string =>
  textOf(component.properties.find((candidate) => candidate.name === name)?.value ?? "");
