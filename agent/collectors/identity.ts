import { join } from "node:path";
import { type HostRoots, type Known, known, readText, unknown } from "@/agent/host-roots";
import { isPlausibleMachineId, isPlausibleUuid } from "@/contract/machine-identity";
import { readProviderId } from "./provider-id";

/** Words that makers leave in DMI fields that nobody filled in; compared in lower case without blanks at the ends. */
const PLACEHOLDERS = new Set([
  "",
  "0",
  "none",
  "n/a",
  "na",
  "null",
  "default string",
  "default",
  "invalid",
  "unknown",
  "undefined",
  "empty",
  "to be filled by o.e.m.",
  "to be filled by oem",
  "o.e.m.",
  "oem",
  "not specified",
  "not applicable",
  "not available",
  "not present",
  "not settable",
  "system manufacturer",
  "system product name",
  "system version",
  "system serial number",
  "serial number",
  "sernum",
  "chassis serial number",
  "123456789",
  "1234567890",
  "01234567",
  "0123456789",
  "xxxxxxxx",
  "type1productconfigid",
  "type1family",
  "all series",
  "bad index",
  "x.x",
]);

/** A DMI text that says something; placeholders are implausible. */
export function checkText(text: string): Known<string> {
  const value = text.trim();
  const bare = value.toLowerCase();
  const isOneSign = /^(.?)\1*$/.test(bare.replaceAll(/[\s.-]/g, ""));
  if (PLACEHOLDERS.has(bare) || isOneSign) {
    return unknown("implausible", value === "" ? "the field is empty" : `the firmware says "${value}"`);
  }
  return known(value.slice(0, 500));
}

/** A system UUID in lower case; blanks, samples and what is no UUID are implausible. */
export function checkUuid(text: string): Known<string> {
  const uuid = text.trim().toLowerCase();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) {
    return unknown("implausible", `the firmware says "${text.trim()}", which is no UUID`);
  }
  return isPlausibleUuid(uuid)
    ? known(uuid)
    : unknown("implausible", `the firmware says ${uuid}, which many machines share`);
}

/** Machine id of systemd (machine-id(5)): 32 hexadecimal digits. */
export function checkMachineId(text: string): Known<string> {
  const id = text.trim().toLowerCase();
  return isPlausibleMachineId(id) ? known(id) : unknown("implausible", `machine-id is "${id.slice(0, 40)}"`);
}

export type Identity = Record<
  "systemVendor" | "systemProduct" | "systemUuid" | "systemSerial" | "providerId" | "machineId",
  Known<string>
>;

export async function collectIdentity(roots: HostRoots): Promise<Identity> {
  const systemVendor = await readField(roots, "sys_vendor", "system vendor", checkText);
  return {
    systemVendor,
    systemProduct: await readField(roots, "product_name", "system product", checkText, "model"),
    systemUuid: await readField(roots, "product_uuid", "system UUID", checkUuid),
    systemSerial: await readField(roots, "product_serial", "system serial number", checkText, "serial-number"),
    providerId: await readProviderId(roots, "value" in systemVendor ? systemVendor.value : ""),
    machineId: await readMachineId(roots),
  };
}

/** A DMI field; boards without DMI (ARM) tell some of it in the device tree. */
async function readField(
  { sys, proc }: HostRoots,
  file: string,
  what: string,
  check: (text: string) => Known<string>,
  deviceTreeFile?: string,
): Promise<Known<string>> {
  const text = await readText(join(sys, "class/dmi/id", file), what);
  if ("value" in text) return check(text.value);
  if (text.unknown.code !== "not_offered") return text;
  if (deviceTreeFile) {
    const ofBoard = await readText(join(proc, "device-tree", deviceTreeFile), what);
    if ("value" in ofBoard) return check(ofBoard.value);
    if (ofBoard.unknown.code !== "not_offered") return ofBoard;
  }
  return unknown("not_offered", `no ${what}: this kernel has neither DMI nor a device tree that tells it`);
}

async function readMachineId({ etc, root }: HostRoots): Promise<Known<string>> {
  const ofSystem = await readText(join(etc, "machine-id"), "machine-id");
  if ("value" in ofSystem && ofSystem.value !== "") return checkMachineId(ofSystem.value);
  const ofBus = await readText(join(root, "var/lib/dbus/machine-id"), "machine-id");
  return "value" in ofBus ? checkMachineId(ofBus.value) : ofSystem;
}
