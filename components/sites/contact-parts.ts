export type ContactPart = { kind: "text" | "phone" | "mail"; text: string };

const MAIL = /[^\s,;:<>()]+@[^\s,;:<>()]+\.[a-z]{2,}/i;
/** At least six digits with what people put between them. */
const PHONE = /(?:\+|\b0)\d(?:[\s()/.-]{0,3}\d){5,14}/;
const PART = new RegExp(`(?<mail>${MAIL.source})|(?<phone>${PHONE.source})`, "gi");

/** A contact as somebody wrote it, with what can be called or written to told apart. */
export function contactParts(contact: string): ContactPart[] {
  const parts: ContactPart[] = [];
  let from = 0;
  for (const match of contact.matchAll(PART)) {
    if (match.index > from) parts.push({ kind: "text", text: contact.slice(from, match.index) });
    parts.push({ kind: match.groups?.mail ? "mail" : "phone", text: match[0] });
    from = match.index + match[0].length;
  }
  if (from < contact.length) parts.push({ kind: "text", text: contact.slice(from) });
  return parts;
}

/** Where such a part leads; the bracketed zero of +49 (0)40 is not dialled. */
export function contactHref({ kind, text }: ContactPart): string {
  return kind === "mail" ? `mailto:${text}` : `tel:${text.replace("(0)", "").replaceAll(/[^\d+]/g, "")}`;
}
