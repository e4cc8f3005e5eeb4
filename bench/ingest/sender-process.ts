import type { FrameKind, Load, SenderOrder, SenderWord, SendResult } from "./load-plan";
import { type Answered, StreamSender } from "./stream-sender";

/** A process that stands for many agents; the bench tells it what to do. */

const HANDSHAKES_AT_ONCE = 50;
/** An open loop looks this often how many pushes are due. */
const BEAT_MILLISECONDS = 5;
/** How long a stream waits that was told to come later. */
const RETRY_MILLISECONDS = 500;

let senders: StreamSender[] = [];

async function connectAll(): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let sender = senders[next++]; sender; sender = senders[next++]) await sender.connect();
  };
  await Promise.all(Array.from({ length: HANDSHAKES_AT_ONCE }, work));
}

/** Sends frames until the time is over or none are left, one in flight a stream. */
function send(kind: FrameKind, { seconds, inFlight, pushesPerSecond, framesEach }: Load): Promise<SendResult> {
  const result: SendResult = {
    frames: 0,
    samples: 0,
    payloadBytes: 0,
    streamBytes: 0,
    seconds: 0,
    ackMilliseconds: [],
    refused: {},
  };
  const streamBytesBefore = senders.reduce((sum, sender) => sum + sender.streamBytes, 0);
  const startedAt = performance.now();
  let lastAnswerAt = startedAt;
  let flying = 0;
  let sent = 0;
  const ready = senders.filter((sender) => sender.hasMore(kind));
  const limitOf = new Map(senders.map((sender) => [sender, sender.acknowledged[kind] + (framesEach ?? Infinity)]));
  const mayGoOn = (sender: StreamSender) =>
    sender.hasMore(kind) && sender.acknowledged[kind] < (limitOf.get(sender) ?? Infinity);
  let postponed = 0;
  const isTimeOver = () => performance.now() - startedAt >= seconds * 1000;
  const isOver = () => isTimeOver() || (ready.length === 0 && postponed === 0);
  return new Promise((resolve) => {
    const finishIfDone = () => {
      if (!isOver() || flying > 0) return;
      clearInterval(beat);
      result.seconds = (lastAnswerAt - startedAt) / 1000;
      if (kind !== "post") {
        result.streamBytes = senders.reduce((sum, sender) => sum + sender.streamBytes, 0) - streamBytesBefore;
      }
      resolve(result);
    };
    const count = (answered: Answered, milliseconds: number) => {
      if (answered.verdict === "stored") {
        result.frames += 1;
        result.samples += answered.samples;
        result.payloadBytes += answered.bytes;
        result.streamBytes += answered.streamBytes;
        result.ackMilliseconds.push(milliseconds);
      } else result.refused[answered.verdict] = (result.refused[answered.verdict] ?? 0) + 1;
    };
    const postpone = (sender: StreamSender) => {
      postponed += 1;
      setTimeout(() => {
        postponed -= 1;
        ready.push(sender);
        if (pushesPerSecond === null && !isOver() && flying < (inFlight ?? 0)) fly();
      }, RETRY_MILLISECONDS);
    };
    const fly = () => {
      const sender = ready.shift();
      if (!sender) return;
      flying += 1;
      sent += 1;
      const sentAt = performance.now();
      sender.send(kind, (answered) => {
        lastAnswerAt = performance.now();
        flying -= 1;
        count(answered, lastAnswerAt - sentAt);
        if (answered.verdict === "stored" && mayGoOn(sender)) ready.push(sender);
        // Frames that stand alone come again later; one of a session would need a key first: that stream is over.
        else if (answered.verdict === "unavailable" && (kind === "backlog" || kind === "post")) postpone(sender);
        if (pushesPerSecond === null && !isOver()) fly();
        finishIfDone();
      });
    };
    const beat = setInterval(() => {
      if (pushesPerSecond !== null) {
        const due = ((performance.now() - startedAt) / 1000) * pushesPerSecond;
        while (sent < due && ready.length > 0 && !isOver()) fly();
      }
      finishIfDone();
    }, BEAT_MILLISECONDS);
    for (let begun = 0; begun < (inFlight ?? 0) && ready.length > 0; begun += 1) fly();
  });
}

async function obey(order: SenderOrder): Promise<SenderWord> {
  switch (order.do) {
    case "prepare": {
      const { plan, from, to, gatewayUrl } = order;
      senders = Array.from({ length: to - from }, (_, index) => new StreamSender(plan, from + index, gatewayUrl));
      return { done: "prepare" };
    }
    case "connect":
      await connectAll();
      return { done: "connect" };
    case "send":
      return { done: "send", result: await send(order.kind, order.load) };
    case "count":
      return {
        done: "count",
        acknowledged: senders.map(({ stream, acknowledged }) => ({
          stream,
          ...acknowledged,
        })),
      };
  }
}

process.on("message", (order: SenderOrder) => {
  obey(order).then(
    (word) => process.send?.(word),
    (error: unknown) => process.send?.({ failed: error instanceof Error ? error.message : String(error) }),
  );
});
// Never outlives the bench.
process.on("disconnect", () => process.exit(0));
