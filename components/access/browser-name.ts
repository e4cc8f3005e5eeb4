/** Plain names of a browser and its system out of a User-Agent header (RFC 9110, section 10.1.5); null when unsure. */
export function browserOf(userAgent: string | null): { browser: string | null; system: string | null } {
  const text = userAgent ?? "";
  const first = (rules: readonly (readonly [RegExp, string])[]) =>
    rules.find(([pattern]) => pattern.test(text))?.[1] ?? null;
  return {
    // In this order: most browsers also claim to be the ones below them.
    browser: first([
      [/\bEdg\w*\//, "Edge"],
      [/\bOPR\//, "Opera"],
      [/\bFirefox\//, "Firefox"],
      [/\b(Headless)?Chrom(e|ium)\//, "Chrome"],
      [/\bSafari\//, "Safari"],
    ]),
    system: first([
      [/\b(iPhone|iPad)\b/, "iOS"],
      [/\bAndroid\b/, "Android"],
      [/\bWindows\b/, "Windows"],
      [/\bMac OS X\b/, "macOS"],
      [/\bLinux\b/, "Linux"],
    ]),
  };
}
