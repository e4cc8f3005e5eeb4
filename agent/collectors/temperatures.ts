import { realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { attributesOf, type EntityReading } from "@/agent/entity-reading";
import { findText, type HostRoots, type Known, known, listNames, readWhole, unknown } from "@/agent/host-roots";

/** Both classes give thousandths of a degree (kernel documentation, hwmon/sysfs-interface and thermal/sysfs-api). */
const PER_DEGREE = 1000;
/** Outside of this no computer part works: the chip gave a code for "no sensor" (node_exporter drops the like). */
const PLAUSIBLE_CELSIUS = { min: -60, max: 200 };

/** Thousandths of a degree → degrees, with what cannot be a temperature taken out. */
export function toCelsius(raw: Known<bigint>): Known<number> {
  if ("unknown" in raw) return raw;
  const celsius = Number(raw.value) / PER_DEGREE;
  if (celsius < PLAUSIBLE_CELSIUS.min || celsius > PLAUSIBLE_CELSIUS.max) {
    return unknown("implausible", `the sensor says ${celsius} °C`);
  }
  return known(celsius);
}

/** All sensors; a thermal zone that shows up in both classes is taken once. */
export async function collectTemperatures({ sys }: HostRoots): Promise<EntityReading<"sensor">[]> {
  const sensors = [...(await readChips(join(sys, "class/hwmon"))), ...(await readZones(join(sys, "class/thermal")))];
  return distinctKeys(sensors);
}

async function readChips(folder: string): Promise<EntityReading<"sensor">[]> {
  const chips = await listNames(folder, "hwmon");
  if ("unknown" in chips) return [];
  const readings: EntityReading<"sensor">[] = [];
  for (const chip of chips.value) {
    const path = join(folder, chip);
    // The number of a chip changes from boot to boot; the device it sits on does not.
    const place = await realpath(join(path, "device")).then(basename, () => "virtual");
    if (place.startsWith("thermal_zone")) continue;
    const name = (await findText(path, "name")) ?? "chip";
    const files = await listNames(path, "hwmon chip");
    for (const file of "value" in files ? files.value : []) {
      const sensor = /^(temp\d+)_input$/.exec(file)?.[1];
      if (!sensor) continue;
      const label = await findText(path, `${sensor}_label`);
      readings.push({
        kind: "sensor",
        key: `${name}/${place}/${sensor}`.slice(0, 200),
        attributes: attributesOf({ label: label ? `${name} ${label}` : `${name} ${sensor}`, chip: name, place }),
        gauges: {
          temperatureCelsius: toCelsius(await readWhole(join(path, file), "sensor")),
          criticalCelsius: await criticalOf(join(path, `${sensor}_crit`)),
        },
        counters: {},
      });
    }
  }
  return readings;
}

async function readZones(folder: string): Promise<EntityReading<"sensor">[]> {
  const zones = await listNames(folder, "thermal zones");
  if ("unknown" in zones) return [];
  const readings: EntityReading<"sensor">[] = [];
  for (const zone of zones.value.filter((name) => /^thermal_zone\d+$/.test(name))) {
    const path = join(folder, zone);
    const type = (await findText(path, "type")) ?? zone;
    readings.push({
      kind: "sensor",
      key: `thermal/${type}`.slice(0, 200),
      attributes: attributesOf({ label: type, chip: "thermal zone" }),
      gauges: {
        temperatureCelsius: toCelsius(await readWhole(join(path, "temp"), "thermal zone")),
        criticalCelsius: await criticalOfZone(path),
      },
      counters: {},
    });
  }
  return readings;
}

async function criticalOfZone(path: string): Promise<Known<number>> {
  const files = await listNames(path, "thermal zone");
  for (const file of "value" in files ? files.value : []) {
    const trip = /^(trip_point_\d+)_type$/.exec(file)?.[1];
    if (trip && (await findText(path, file)) === "critical") return criticalOf(join(path, `${trip}_temp`));
  }
  return unknown("not_offered", "the zone names no critical temperature");
}

/** Unset limits are 0 or beyond all measure. */
async function criticalOf(path: string): Promise<Known<number>> {
  const celsius = toCelsius(await readWhole(path, "critical temperature"));
  return "value" in celsius && celsius.value <= 0
    ? unknown("implausible", `the critical temperature is given as ${celsius.value} °C`)
    : celsius;
}

function distinctKeys(readings: EntityReading<"sensor">[]): EntityReading<"sensor">[] {
  const seen = new Map<string, number>();
  return readings.map((reading) => {
    const count = (seen.get(reading.key) ?? 0) + 1;
    seen.set(reading.key, count);
    return count === 1 ? reading : { ...reading, key: `${reading.key}#${count}` };
  });
}
