import { createServer } from "node:http";

/** An exporter whose one reading tells the scrapes apart: the n-th one reads n hundredths. */
export type CountingExporter = { port: number; served(): number; close(): Promise<void> };

/** @param metric a name that the gateway knows as a reading with a step of 0.01 */
export async function startCountingExporter(metric: string): Promise<CountingExporter> {
  let served = 0;
  const server = createServer((_request, response) => {
    served += 1;
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(`# TYPE ${metric} gauge\n${metric} ${(served / 100).toFixed(2)}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    served: () => served,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
