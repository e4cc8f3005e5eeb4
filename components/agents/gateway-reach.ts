/** True for an address that means "this very machine" wherever it is used, so that no other machine gets here by it. */
export function isThisMachineOnly(gatewayUrl: string): boolean {
  const { hostname } = new URL(gatewayUrl);
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127\./.test(hostname);
}
