import { contactHref, contactParts } from "./contact-parts";

/** A contact as somebody entered it; what in it can be called or written to is a link. */
export function ContactText({ contact }: { contact: string }) {
  return (
    <span className="whitespace-pre-line break-words">
      {contactParts(contact).map((part) =>
        part.kind === "text" ? (
          part.text
        ) : (
          <a key={part.text} href={contactHref(part)} className="text-accent-text underline">
            {part.text}
          </a>
        ),
      )}
    </span>
  );
}
