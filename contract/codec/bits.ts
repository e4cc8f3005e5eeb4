import { CodecError } from "./codec-error";

const CHUNK_BITS = 24;
const CHUNK = 2 ** CHUNK_BITS;
/** So many ones say "too large for Rice": width and bits follow. */
const ESCAPE = 20;
const WIDTH_BITS = 6;
/** 2^0 to 2^63: `**` is a function call in the hot loops. */
const POWERS = Float64Array.from({ length: 64 }, (_, power) => 2 ** power);
const INT_MAX = 0x7fff_ffff;

/** Number of bits of a whole number from 0 to 2^53; 0 has none. */
export function bitLength(value: number): number {
  return value < 0x1_0000_0000 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / 0x1_0000_0000);
}

/** Signed → unsigned with small sizes first: 0, −1, 1, −2, … */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
export function unzigzag(value: number): number {
  if (value <= INT_MAX) return (value >>> 1) ^ -(value & 1);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Writes bits, most significant first; the last byte is filled with noughts. */
export class BitWriter {
  #bytes = new Uint8Array(256);
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  /** Forgets what was written, and keeps the room. */
  clear(): void {
    this.#length = 0;
    this.#pending = 0;
    this.#pendingBits = 0;
  }

  /** The low `bits` (0 to 24) of a whole number. */
  put(value: number, bits: number): void {
    this.#pending = (this.#pending << bits) | value;
    this.#pendingBits += bits;
    while (this.#pendingBits >= 8) {
      this.#pendingBits -= 8;
      if (this.#length === this.#bytes.length) this.#grow();
      this.#bytes[this.#length++] = this.#pending >>> this.#pendingBits;
    }
  }

  /** A whole number below 2^53 in `bits` bits. */
  putWide(value: number, bits: number): void {
    if (bits <= CHUNK_BITS) {
      this.put(value, bits);
      return;
    }
    const high = Math.floor(value / CHUNK);
    this.putWide(high, bits - CHUNK_BITS);
    this.put(value - high * CHUNK, CHUNK_BITS);
  }

  /** Golomb-Rice: quotient in ones, then `k` bits; far too large values escape. */
  putRice(value: number, k: number): void {
    if (value <= INT_MAX && k < CHUNK_BITS) {
      const quotient = value >>> k;
      if (quotient < ESCAPE) {
        this.put((2 << quotient) - 2, quotient + 1);
        this.put(value & ((1 << k) - 1), k);
        return;
      }
    }
    const power = POWERS[k] ?? 1;
    const quotient = Math.floor(value / power);
    if (quotient >= ESCAPE) {
      this.put((1 << ESCAPE) - 1, ESCAPE);
      this.putSized(value);
      return;
    }
    this.put((2 << quotient) - 2, quotient + 1);
    this.putWide(value - quotient * power, k);
  }

  /** Width, then the bits. */
  putSized(value: number): void {
    const width = bitLength(value);
    this.put(width, WIDTH_BITS);
    this.putWide(value, width);
  }

  /** Elias gamma of a whole number from 1 to 2^24. */
  putGamma(value: number): void {
    const width = bitLength(value);
    this.put(0, width - 1);
    this.putWide(value, width);
  }

  /** Fills the byte that is begun, so that what follows starts at a byte. @returns the number of bytes so far */
  align(): number {
    if (this.#pendingBits > 0) this.put(0, 8 - this.#pendingBits);
    return this.#length;
  }

  /** All bytes, the last one filled. */
  finish(): Uint8Array {
    // First, because it may need new room: what was looked up before would lack the last byte.
    const length = this.align();
    return this.#bytes.slice(0, length);
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what `BitWriter` wrote. Every read beyond the end throws. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position: number;
  #pending = 0;
  #pendingBits = 0;

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes;
    this.#position = start;
  }

  /** @param bits 0 to 24 */
  get(bits: number): number {
    if (this.#pendingBits < bits) this.#fill(bits);
    this.#pendingBits -= bits;
    return (this.#pending >>> this.#pendingBits) & ((1 << bits) - 1);
  }

  getWide(bits: number): number {
    if (bits <= CHUNK_BITS) return this.get(bits);
    if (bits > 53) throw new CodecError(`found a value of ${bits} bits, expected 53 at most`);
    const high = this.getWide(bits - CHUNK_BITS);
    return high * CHUNK + this.get(CHUNK_BITS);
  }

  getRice(k: number): number {
    const quotient = this.#ones(ESCAPE);
    return quotient === ESCAPE ? this.getSized() : quotient * (POWERS[k] ?? 1) + this.getWide(k);
  }

  getSized(): number {
    return this.getWide(this.get(WIDTH_BITS));
  }

  getGamma(): number {
    let zeros = 0;
    while (this.get(1) === 0) {
      zeros += 1;
      if (zeros > CHUNK_BITS) throw new CodecError("found a run length of more than 2^24");
    }
    return (1 << zeros) + this.get(zeros);
  }

  /** Skips the rest of the byte that is begun. */
  align(): void {
    this.#pendingBits -= this.#pendingBits % 8;
  }

  /** Whole bytes that are left untouched; fewer than one byte of filling is not counted. */
  get bytesLeft(): number {
    return this.#bytes.length - this.#position + Math.floor(this.#pendingBits / 8);
  }

  /** Ones before the next nought, which is taken too; stops at `most` without taking a nought. */
  #ones(most: number): number {
    let ones = 0;
    for (;;) {
      if (this.#pendingBits === 0) this.#fill(1);
      const inverted = ~this.#pending << (32 - this.#pendingBits);
      const run = Math.min(inverted === 0 ? 32 : Math.clz32(inverted), this.#pendingBits, most - ones);
      ones += run;
      this.#pendingBits -= run;
      if (ones === most) return ones;
      if (this.#pendingBits > 0) {
        this.#pendingBits -= 1;
        return ones;
      }
    }
  }

  #fill(bits: number): void {
    while (this.#pendingBits <= CHUNK_BITS && this.#position < this.#bytes.length) {
      this.#pending = (this.#pending << 8) | (this.#bytes[this.#position++] ?? 0);
      this.#pendingBits += 8;
    }
    if (this.#pendingBits < bits) throw new CodecError(`found an end after ${this.#bytes.length} bytes, expected more`);
  }
}
