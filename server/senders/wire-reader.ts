import type { BinaryReader } from "@bufbuild/protobuf/wire";
import { WireType } from "@bufbuild/protobuf/wire";

/** @throws Error when a field came in another encoding than its type has */
export function expectWire(found: WireType, expected: WireType, field: string): void {
  if (found !== expected) throw new Error(`found wire type ${found} for ${field}, expected ${expected}`);
}

/** Goes into a message: gives the position of its end. */
export function messageEnd(reader: BinaryReader, wire: WireType, field: string): number {
  expectWire(wire, WireType.LengthDelimited, field);
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError(`${field} ends behind the end`);
  return end;
}

/** @throws RangeError when a message was read past its end: its fields and its length disagree */
export function assertEnd(reader: BinaryReader, end: number, field: string): void {
  if (reader.pos !== end) throw new RangeError(`${field} is longer than it says`);
}

/** A string field. */
export function readString(reader: BinaryReader, wire: WireType, field: string): string {
  expectWire(wire, WireType.LengthDelimited, field);
  return reader.string();
}

/** A double field. */
export function readDouble(reader: BinaryReader, wire: WireType, field: string): number {
  expectWire(wire, WireType.Bit64, field);
  return reader.double();
}

/** A varint of up to 64 bits, signed in two's complement, as a number: exact up to 2^53. */
export function readInt64(reader: BinaryReader, wire: WireType, field: string): number {
  expectWire(wire, WireType.Varint, field);
  return Number(reader.int64());
}

/** A repeated number field, packed or not: calls `each` with the reader at every element. */
export function readRepeated(
  reader: BinaryReader,
  wire: WireType,
  element: WireType,
  field: string,
  each: () => void,
): void {
  if (wire === element) {
    each();
    return;
  }
  const end = messageEnd(reader, wire, field);
  while (reader.pos < end) each();
  assertEnd(reader, end, field);
}

/** The NaN with which Prometheus says that a series has ended, least byte first. */
const STALE_BYTES = [0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf0, 0x7f];

/** True when the eight bytes before `position` are the stale marker. A number cannot tell: it need not keep a NaN's bits. */
export function isStaleMarker(bytes: Uint8Array, position: number): boolean {
  return STALE_BYTES.every((byte, index) => bytes[position - 8 + index] === byte);
}
