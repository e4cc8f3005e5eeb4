import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A proxy that knows CONNECT alone, as networks have it whose only way out it is. */
export class ConnectProxy {
  /** Where one wanted to go, in the order of the requests. */
  readonly targets: string[] = [];
  /** `Proxy-Authorization` of each request. */
  readonly credentials: (string | null)[] = [];
  /** Answered instead of a tunnel, while set. */
  refusal: number | null = null;
  /** Set: lets no WebSocket through, as proxies do that look into what they carry. */
  isUpgradeBlocked = false;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((_request, response) => void response.writeHead(405).end());

  constructor() {
    this.#server.on("connection", (socket) => this.#keep(socket));
    this.#server.on("connect", (request, socket, head) => this.#tunnel(request, socket as Socket, head));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  /** `host:port` of it. */
  get place(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }

  /** Every name leads to this machine: tests ask for names that no resolver knows. */
  #tunnel(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const target = request.url ?? "";
    this.targets.push(target);
    this.credentials.push(request.headers["proxy-authorization"] ?? null);
    if (this.refusal !== null) {
      socket.end(`HTTP/1.1 ${this.refusal} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    const upstream = connect(Number(target.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      socket.on("data", (bytes: Buffer) => {
        if (this.isUpgradeBlocked && /^upgrade: websocket/im.test(bytes.toString("latin1"))) {
          socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        } else upstream.write(bytes);
      });
      socket.once("end", () => upstream.end());
      upstream.pipe(socket);
    });
    this.#keep(upstream);
    upstream.once("close", () => socket.destroy());
    socket.once("close", () => upstream.destroy());
  }
}
