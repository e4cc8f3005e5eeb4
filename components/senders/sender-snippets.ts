import { SENDER_PATHS } from "@/contract/sender-paths";

/** Programs that the page has a configuration for. */
export const SNIPPET_PROGRAMS = ["prometheus", "opentelemetry", "vmagent"] as const;
export type SnippetProgram = (typeof SNIPPET_PROGRAMS)[number];

export type SnippetInput = { gatewayUrl: string; token: string; siteLabel: string | null };

/** A configuration to paste, complete but for the site's name where a label has to say it. */
export function senderSnippet(program: SnippetProgram, { gatewayUrl, token, siteLabel }: SnippetInput): string {
  const base = gatewayUrl.replace(/\/$/, "");
  const site = "NAME OF THE SITE";
  switch (program) {
    case "prometheus":
      return [
        ...(siteLabel ? ["global:", "  external_labels:", `    ${siteLabel}: "${site}"`] : []),
        "remote_write:",
        `  - url: ${base}${SENDER_PATHS.remoteWrite}`,
        "    authorization:",
        `      credentials: ${token}`,
      ].join("\n");
    case "opentelemetry":
      return [
        `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=${base}${SENDER_PATHS.otlp}`,
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf",
        "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION=gzip",
        // The variable holds pairs as in a URL, where a blank is %20.
        `OTEL_EXPORTER_OTLP_METRICS_HEADERS=authorization=Bearer%20${token}`,
        ...(siteLabel ? [`OTEL_RESOURCE_ATTRIBUTES=${siteLabel}=${encodeURIComponent(site)}`] : []),
      ].join("\n");
    case "vmagent":
      return [
        "vmagent -promscrape.config=scrape.yml \\",
        ...(siteLabel ? [`  -remoteWrite.label='${siteLabel}=${site}' \\`] : []),
        `  -remoteWrite.bearerToken=${token} \\`,
        `  -remoteWrite.url=${base}${SENDER_PATHS.remoteWrite}`,
      ].join("\n");
  }
}
