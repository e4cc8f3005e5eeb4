/** Where senders knock; the paths that Prometheus, vmagent and OpenTelemetry use by themselves. */
export const SENDER_PATHS = {
  otlp: "/v1/metrics",
  remoteWrite: "/api/v1/write",
  /** The same, where a proxy keeps `/api` for itself. */
  remoteWriteAlias: "/v1/prometheus/write",
} as const;
