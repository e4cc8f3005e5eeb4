import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/**
 * Writes `public/map/`: the countries of the map in two levels of detail, from Natural Earth (public domain) as the package
 * world-atlas has it. Run again only after that package changed: `node --import tsx scripts/map-data.ts`.
 */

const Geometry = z.looseObject({ type: z.string(), id: z.string().optional(), arcs: z.unknown() });
const Atlas = z.object({
  type: z.literal("Topology"),
  transform: z.unknown(),
  arcs: z.unknown(),
  objects: z.object({ countries: z.object({ type: z.string(), geometries: z.array(Geometry) }) }),
});
/** Mercator has no place for the pole; nobody has a site there that needs a coast. */
const ANTARCTICA = "010";
const FILES = { coarse: "countries-110m.json", fine: "countries-50m.json" };

const atlasFolder = dirname(fileURLToPath(import.meta.resolve("world-atlas/package.json")));
const folder = join(import.meta.dirname, "..", "public", "map");
mkdirSync(folder, { recursive: true });
for (const [name, file] of Object.entries(FILES)) {
  const atlas = Atlas.parse(JSON.parse(readFileSync(join(atlasFolder, file), "utf8")));
  const { countries } = atlas.objects;
  const geometries = countries.geometries
    .filter(({ id }) => id !== ANTARCTICA)
    .map(({ type, arcs }) => ({ type, arcs }));
  const text = JSON.stringify({ ...atlas, objects: { countries: { type: countries.type, geometries } } });
  writeFileSync(join(folder, `${name}.json`), text);
  console.log(`public/map/${name}.json: ${text.length} bytes`);
}
