import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { SenderProblem } from "./request-error";

export type OtlpEncoding = "protobuf" | "json";

export const OTLP_CONTENT_TYPES: Record<OtlpEncoding, string> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** ExportMetricsServiceResponse; `partial_success` is left out where there is nothing to say. */
export function encodeExportResponse(encoding: OtlpEncoding, rejected: number, message: string | null): Buffer {
  const isWhole = rejected === 0 && message === null;
  if (encoding === "json") {
    const partialSuccess = { rejectedDataPoints: String(rejected), errorMessage: message ?? "" };
    return Buffer.from(JSON.stringify(isWhole ? {} : { partialSuccess }), "utf8");
  }
  if (isWhole) return Buffer.alloc(0);
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).fork();
  if (rejected > 0) writer.tag(1, WireType.Varint).int64(rejected);
  if (message !== null) writer.tag(2, WireType.LengthDelimited).string(message);
  return Buffer.from(writer.join().finish());
}

/** Codes of google.rpc.Code. */
const RPC_CODES: Record<SenderProblem, number> = {
  malformed: 3,
  wrong_type: 3,
  too_large: 8,
  token_refused: 16,
  method_not_allowed: 12,
  over_quota: 8,
  unavailable: 14,
};

/** google.rpc.Status, the body of every OTLP answer that is no success. */
export function encodeStatus(encoding: OtlpEncoding, problem: SenderProblem, message: string): Buffer {
  const code = RPC_CODES[problem];
  if (encoding === "json") return Buffer.from(JSON.stringify({ code, message }), "utf8");
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(code);
  return Buffer.from(writer.tag(2, WireType.LengthDelimited).string(message).finish());
}
