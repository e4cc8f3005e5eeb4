import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "./programs";
import { startWire, type Wire } from "./wire";

/** The wire that the other tests break: each fault is what it says. Behind it listens an echo. */

let echoPort: number;
let heard = Buffer.alloc(0);
const echo = createServer({ allowHalfOpen: false }, (socket) => {
  socket.on("error", () => {});
  socket.on("data", (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
    socket.write(bytes);
  });
});
const wires: Wire[] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  const address = echo.address();
  echoPort = typeof address === "object" && address ? address.port : 0;
});
afterAll(async () => {
  await Promise.all(wires.map((wire) => wire.close()));
  echo.close();
});

type Client = { socket: Socket; got: () => Buffer; end: () => string | null };

async function open(
  shape: Parameters<typeof startWire>[1] = {},
): Promise<{ wire: Wire; client: () => Promise<Client> }> {
  heard = Buffer.alloc(0);
  const wire = await startWire(echoPort, shape, () => 0.5);
  wires.push(wire);
  const client = async () => {
    const socket = connect(wire.port, "127.0.0.1");
    let got = Buffer.alloc(0);
    let end: string | null = null;
    socket.on("data", (bytes: Buffer) => {
      got = Buffer.concat([got, bytes]);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      end = error.code ?? error.message;
    });
    socket.on("close", () => {
      end ??= "closed";
    });
    await new Promise<void>((resolve) => {
      for (const event of ["connect", "close"]) socket.once(event, () => resolve());
    });
    return { socket, got: () => got, end: () => end };
  };
  return { wire, client };
}

test("carries bytes unchanged both ways and counts them", async () => {
  const { wire, client } = await open();
  const { socket, got } = await client();
  const bytes = Buffer.alloc(300_000, "fernblick");
  socket.write(bytes);
  await until("the echo is back", () => got().length === bytes.length);
  expect(got().equals(bytes)).toBe(true);
  expect(wire.count()).toMatchObject({ upBytes: bytes.length, downBytes: bytes.length, connections: 1 });
});

test("a thin link needs the time that its rate and latency say, and keeps the order", async () => {
  const { client } = await open({ bitsPerSecond: 80_000, latencyMilliseconds: 50, jitterMilliseconds: 40 });
  const { socket, got } = await client();
  const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 251));
  const startedAt = Date.now();
  socket.write(bytes);
  await until("the echo is back", () => got().length === bytes.length);
  // 5 kB at 10 kB/s is half a second up; down overlaps with it; twice the latency on top.
  expect(Date.now() - startedAt).toBeGreaterThan(600);
  expect(got().equals(bytes)).toBe(true);
});

test("a stall holds everything back and loses nothing", async () => {
  const { wire, client } = await open();
  const { socket, got } = await client();
  wire.stall(300);
  const startedAt = Date.now();
  socket.write("late");
  await until("the echo is back", () => got().toString() === "late");
  expect(Date.now() - startedAt).toBeGreaterThan(290);
});

test("a reset in the middle of a body lets exactly the bytes before it through", async () => {
  const { wire, client } = await open();
  const { socket, end } = await client();
  wire.resetAfter(1_000);
  socket.write(Buffer.alloc(5_000, 1));
  await until("the connection is reset", () => end() === "ECONNRESET");
  await until("the other side has what came before", () => heard.length === 1_000);
});

test("a cut closes politely after the bytes before it", async () => {
  const { wire, client } = await open();
  const { socket, end } = await client();
  wire.cutAfter(700);
  socket.write(Buffer.alloc(5_000, 1));
  await until("the connection is closed", () => end() !== null);
  expect(heard.length).toBe(700);
});

test("a half-open connection looks alive and carries nothing; a new one works", async () => {
  const { wire, client } = await open();
  const old = await client();
  old.socket.write("before");
  await until("it carried", () => old.got().toString() === "before");
  wire.halfOpen();
  old.socket.write("into the void");
  const fresh = await client();
  fresh.socket.write("works");
  await until("the new one works", () => fresh.got().toString() === "works");
  expect([old.got().toString(), old.end(), heard.toString()]).toEqual(["before", null, "beforeworks"]);
  old.socket.destroy();
});

test("who connects while it refuses is reset", async () => {
  const { wire, client } = await open();
  wire.refuse(true);
  const { end } = await client();
  await until("the connection is reset", () => end() !== null);
});

test("a lost answer: the request arrives, the connection breaks before the answer; greetings are not answers", async () => {
  const { wire, client } = await open();
  const { socket, got, end } = await client();
  wire.loseAnswers(1);
  socket.write("HTTP/1.1 101 Switching Protocols");
  await until("what is no answer passes", () => got().length > 0);
  socket.write("HTTP/1.1 200 OK");
  await until("the connection is broken", () => end() !== null);
  expect(wire.lostAnswers()).toBe(1);
  expect(heard.toString()).toContain("200 OK");
  expect(got().toString()).not.toContain("200 OK");
});
