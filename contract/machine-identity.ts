/**
 * What may stand for a machine. Firmware and images are full of values that thousands of machines share; taken as an
 * identity, they would make one machine of many. Both sides ask here: the agent before it tells, the gateway before
 * it believes.
 */

/** UUIDs of sample firmware, of unset fields and of emulators, seen on very many machines; in lower case. */
const SHARED_UUIDS = new Set([
  "03000200-0400-0500-0006-000700080009",
  "00020003-0004-0005-0006-000700080009",
  "6ab5b300-538d-1014-9fb5-b0684d007b53",
  "12345678-1234-5678-90ab-cddeefaabbcc",
  "12345678-1234-1234-1234-123456789abc",
  "01234567-89ab-cdef-0123-456789abcdef",
  "12345678-9abc-def0-1234-56789abcdef0",
  "11111111-2222-3333-4444-555555555555",
  "deadbeef-dead-beef-dead-beefdeadbeef",
  // A Dell board whose service tag was never written: the tag is part of the UUID (DSP0134, Dell's own scheme).
  "4c4c4544-0000-2010-8020-80c04f202020",
  "4c4c4544-0020-2010-8020-a0c04f202020",
]);

/** True for a system UUID, in any letter case, that one machine alone can have. */
export function isPlausibleUuid(text: string): boolean {
  const uuid = text.toLowerCase();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) return false;
  return !isOnePattern(uuid.replaceAll("-", "")) && !SHARED_UUIDS.has(uuid);
}

/** True for a machine id (machine-id(5)) that was really made. */
export function isPlausibleMachineId(text: string): boolean {
  const id = text.toLowerCase();
  return /^[0-9a-f]{32}$/.test(id) && !isOnePattern(id) && id !== "0123456789abcdef0123456789abcdef";
}

/** Instance ids that every machine gets which was set up without a cloud. */
const SHARED_INSTANCE_IDS = /^(i-00000000|iid-(local|datasource-none|datasource).*|nocloud|none|default|unknown|0+)$/;

/** True for `<provider>:<instance id>` of a provider that gives each instance an id of its own. */
export function isPlausibleProviderId(text: string): boolean {
  const parts = /^([a-z0-9-]{1,40}):(\S{4,150})$/.exec(text.toLowerCase());
  if (!parts) return false;
  const [, provider = "", instance = ""] = parts;
  return !["none", "nocloud", "unknown"].includes(provider) && !SHARED_INSTANCE_IDS.test(instance);
}

/** All zeros, all ones, `01` sixteen times: nobody draws these by chance. */
const isOnePattern = (hex: string): boolean => /^(..?)\1*$/.test(hex);
