/**
 * Where to go after signing in: a path of our own, else the overview. A link in an e-mail must not be able to lead to
 * another site. Tabs and line ends are refused too, because browsers drop them before they read an address (WHATWG URL).
 */
export function ownPath(next: unknown): string {
  return typeof next === "string" && /^\/(?![/\\])[^\s\\]*$/.test(next) ? next : "/fleet";
}
