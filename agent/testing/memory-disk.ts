import type { Disk } from "@/agent/disk";

/** A disk in memory that can be made to refuse, and whose files a test may damage. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  /** Set: writes fail with these words. */
  refusal: string | null = null;
  /** Set: the next append keeps only so many bytes and fails, as a power cut does. */
  tearAt: number | null = null;

  list(): string[] {
    return [...this.files.keys()];
  }

  read(name: string): Uint8Array {
    const bytes = this.files.get(name);
    if (!bytes) throw new Error(`ENOENT: ${name}`);
    return bytes;
  }

  write(name: string, bytes: Uint8Array): void {
    if (this.refusal) throw new Error(this.refusal);
    this.files.set(name, bytes.slice());
  }

  append(name: string, bytes: Uint8Array): void {
    if (this.refusal) throw new Error(this.refusal);
    const kept = this.tearAt === null ? bytes : bytes.subarray(0, this.tearAt);
    const before = this.read(name);
    const after = new Uint8Array(before.length + kept.length);
    after.set(before);
    after.set(kept, before.length);
    this.files.set(name, after);
    if (this.tearAt !== null) throw new Error("the power is gone");
  }

  rename(name: string, to: string): void {
    this.files.set(to, this.read(name));
    this.files.delete(name);
  }

  remove(name: string): void {
    if (this.refusal?.startsWith("EROFS")) throw new Error(this.refusal);
    this.files.delete(name);
  }

  /** The same content for a process that starts anew. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk();
    for (const [name, bytes] of this.files) copy.files.set(name, bytes.slice());
    return copy;
  }
}
