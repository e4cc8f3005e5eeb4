import { deflateRawSync } from "node:zlib";
import type { Block } from "@/contract/codec/block";
import { encodeFrame } from "@/contract/codec/frame";
import { type Dictionary, dictionaryText } from "@/contract/codec/layout";
import type { AgentMessage } from "@/contract/messages";
import type { AgentHealth, Report } from "@/contract/session";
import type { MachineFacts } from "@/contract/telemetry";
import { dictionaryHash } from "@/server/telemetry/inbox";
import { blockAt, type EntityReadings, machineReadings } from "./entity-readings";

/** A message without the id that ties it to its answer: whoever sends it numbers it. */
export type UnnumberedMessage = AgentMessage extends infer M ? (M extends AgentMessage ? Omit<M, "id"> : never) : never;

/** Facts that the server tracks and shows. */
export function factsOf(change: Record<string, MachineFacts[string]> = {}): MachineFacts {
  return {
    hostname: { value: "edge-1" },
    operatingSystem: { value: "Debian GNU/Linux 13" },
    kernelVersion: { value: "6.12.1" },
    bootId: { value: "boot-1" },
    bootedAt: { value: "2026-01-01T00:00:00Z" },
    coresLogical: { value: 4 },
    systemSerial: { unknown: { code: "not_permitted", detail: "only root may read it" } },
    ...change,
  };
}

/** What an agent without any trouble says of itself. */
export function healthOf(change: Partial<AgentHealth> = {}): AgentHealth {
  return {
    version: "0.1.0",
    startedAt: "2026-01-01T00:00:00Z",
    intervalSeconds: 60,
    profile: "full",
    spoolMoments: 0,
    spoolBytes: 0,
    thinnedMoments: 0,
    droppedMoments: 0,
    transport: "websocket",
    ...change,
  };
}

export function dictionaryMessage(entries: Dictionary): UnnumberedMessage {
  return { type: "dictionary", payload: deflateRawSync(dictionaryText(entries)) };
}

/** The same words that were never in a `Report`, as a newer or a broken agent may say them. */
export function reportMessage(sequence: number, report: Partial<Report> | Record<string, unknown>): UnnumberedMessage {
  return { type: "report", sequence, payload: deflateRawSync(JSON.stringify({ agent: healthOf(), ...report })) };
}

export function backlogMessage(
  block: Block,
  place: { epoch?: number; sequence: number; isThinned?: boolean; isClockUnsure?: boolean },
): UnnumberedMessage {
  const { epoch = 1, sequence, isThinned = false, isClockUnsure = false } = place;
  const hash = dictionaryHash(block.layout.entries);
  return { type: "backlog", epoch, sequence, isThinned, isClockUnsure, hash, frame: encodeFrame(block) };
}

/** What an agent has to tell at one moment. */
export type TestBatch = { epoch: number; sequence: number; block: Block; report: Partial<Report> | null };

/** The readings of a small machine now, and whatever is given instead. */
export function batchOf(
  name: { epoch?: number; sequence: number },
  change: { at?: Date; entities?: EntityReadings[]; facts?: MachineFacts; report?: Partial<Report> } = {},
): TestBatch {
  const { at = new Date(), entities = [machineReadings()], facts, report } = change;
  const told = facts || report ? { ...report, ...(facts && { facts }) } : null;
  const block = blockAt(Math.floor(at.getTime() / 1000), entities);
  return { epoch: name.epoch ?? 1, sequence: name.sequence, block, report: told };
}

/** All messages of a batch: the dictionary, the frame, and the report if there is one. */
export function messagesOf({ epoch, sequence, block, report }: TestBatch): UnnumberedMessage[] {
  return [
    dictionaryMessage(block.layout.entries),
    backlogMessage(block, { epoch, sequence }),
    ...(report ? [reportMessage(sequence, report)] : []),
  ];
}
