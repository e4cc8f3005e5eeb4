import { connect, createServer, type Server, type Socket } from "node:net";

/** A wire that can be cut: it carries bytes between an agent and a gateway, and loses answers when told to. */
export type LossyProxy = {
  port: number;
  /** Answers that are still to be lost: the request arrives, the connection breaks before its answer. */
  loseAnswers(count: number): void;
  /** How many were lost so far. */
  lostAnswers(): number;
  close(): Promise<void>;
};

/** Starts the wire to a port on this machine. */
export async function startLossyProxy(targetPort: number): Promise<LossyProxy> {
  let toLose = 0;
  let lost = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => {
      if (toLose > 0) {
        toLose -= 1;
        lost += 1;
        near.destroy();
        return;
      }
      near.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the proxy has no port");
  return {
    port: address.port,
    loseAnswers: (count) => {
      toLose = count;
    },
    lostAnswers: () => lost,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
