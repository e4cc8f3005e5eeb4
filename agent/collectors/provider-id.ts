import { join } from "node:path";
import * as z from "zod";
import { findText, type HostRoots, type Known, known, readText, unknown } from "@/agent/host-roots";
import { isPlausibleProviderId } from "@/contract/machine-identity";

/** Where providers write an instance's id into its firmware, by the vendor that DMI names. */
const FIRMWARE_IDS: Record<string, { provider: string; file: string; pattern: RegExp }> = {
  "amazon ec2": { provider: "aws", file: "board_asset_tag", pattern: /^i-[0-9a-f]{8,17}$/ },
  google: { provider: "gce", file: "product_serial", pattern: /^googlecloud-[0-9a-f]{32}$/ },
  hetzner: { provider: "hetzner", file: "product_serial", pattern: /^\d{4,}$/ },
  digitalocean: { provider: "digitalocean", file: "product_serial", pattern: /^\d{4,}$/ },
  vultr: { provider: "vultr", file: "product_serial", pattern: /^\d{4,}$/ },
};

/** What cloud-init leaves for everybody to read (cloud-init docs, "instance metadata"); made anew at each boot. */
const InstanceData = z.object({ v1: z.object({ cloud_name: z.string(), instance_id: z.string() }) });

/**
 * `<provider>:<instance id>` in lower case, from the firmware or from cloud-init; nothing is asked over the network.
 * @param vendor system vendor as DMI tells it
 */
export async function readProviderId({ sys, root }: HostRoots, vendor: string): Promise<Known<string>> {
  const ofFirmware = FIRMWARE_IDS[vendor.toLowerCase()];
  const text = ofFirmware ? await findText(sys, "class/dmi/id", ofFirmware.file) : null;
  if (ofFirmware && text && ofFirmware.pattern.test(text.toLowerCase())) {
    return known(`${ofFirmware.provider}:${text.toLowerCase()}`);
  }
  const file = await readText(join(root, "run/cloud-init/instance-data.json"), "instance id of a provider");
  if ("unknown" in file) return file;
  const data = InstanceData.safeParse(parseJson(file.value));
  if (!data.success) return unknown("implausible", "cloud-init's instance data names no provider and instance");
  const { cloud_name: cloud, instance_id: instance } = data.data.v1;
  const id = `${cloud}:${instance}`.toLowerCase();
  return isPlausibleProviderId(id)
    ? known(id)
    : unknown("implausible", `cloud-init says ${id}, which many machines share`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
