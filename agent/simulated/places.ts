/** A region of the simulated fleet: a real city, with what is around it. */
export type Place = {
  city: string;
  /** Short name, as in host names. */
  code: string;
  region: string;
  country: "DE" | "AT" | "CH" | "FR" | "NL" | "PL";
  /** Degrees, WGS 84. */
  latitude: number;
  longitude: number;
  timeZone: string;
  /** As Electricity Maps names it. */
  gridZone: string;
  /** Operators of links there. */
  carriers: readonly string[];
  owner: string;
  deputy: string;
};

const berlin = { country: "DE", timeZone: "Europe/Berlin", gridZone: "DE" } as const;
const GERMAN = ["Nordlicht Mobil", "Telering Festnetz", "Glasfaser Mitte"];
const AUSTRIAN = ["Alpenfunk", "Donau Kabel"];
const SWISS = ["Helvet Funk", "Gotthard Netz"];
const FRENCH = ["Réseau Hexagone", "Fibre de l'Ouest"];
const DUTCH = ["Polder Netwerk", "Delta Mobiel"];
const POLISH = ["Wisła Mobile", "Bałtyk Sieć"];

/** Carriers and people are made up; cities, their places, time zones and grid zones are not. */
export const PLACES: readonly Place[] = [
  {
    ...berlin,
    city: "Berlin",
    code: "ber",
    region: "Nordost",
    latitude: 52.52,
    longitude: 13.405,
    carriers: GERMAN,
    owner: "Jana Hoffmann",
    deputy: "Tarek Aziz",
  },
  {
    ...berlin,
    city: "Hamburg",
    code: "ham",
    region: "Nord",
    latitude: 53.551,
    longitude: 9.994,
    carriers: GERMAN,
    owner: "Sönke Petersen",
    deputy: "Mira Lund",
  },
  {
    ...berlin,
    city: "Frankfurt am Main",
    code: "fra",
    region: "Mitte",
    latitude: 50.11,
    longitude: 8.682,
    carriers: GERMAN,
    owner: "Katrin Weber",
    deputy: "Deniz Yılmaz",
  },
  {
    ...berlin,
    city: "München",
    code: "muc",
    region: "Süd",
    latitude: 48.137,
    longitude: 11.575,
    carriers: GERMAN,
    owner: "Florian Huber",
    deputy: "Anja Kurz",
  },
  {
    city: "Wien",
    code: "vie",
    region: "Ost",
    country: "AT",
    timeZone: "Europe/Vienna",
    gridZone: "AT",
    latitude: 48.208,
    longitude: 16.373,
    carriers: AUSTRIAN,
    owner: "Lukas Gruber",
    deputy: "Eva Steiner",
  },
  {
    city: "Graz",
    code: "grz",
    region: "Steiermark",
    country: "AT",
    timeZone: "Europe/Vienna",
    gridZone: "AT",
    latitude: 47.07,
    longitude: 15.439,
    carriers: AUSTRIAN,
    owner: "Eva Steiner",
    deputy: "Lukas Gruber",
  },
  {
    city: "Zürich",
    code: "zrh",
    region: "Deutschschweiz",
    country: "CH",
    timeZone: "Europe/Zurich",
    gridZone: "CH",
    latitude: 47.377,
    longitude: 8.541,
    carriers: SWISS,
    owner: "Reto Meier",
    deputy: "Nina Keller",
  },
  {
    city: "Paris",
    code: "par",
    region: "Île-de-France",
    country: "FR",
    timeZone: "Europe/Paris",
    gridZone: "FR",
    latitude: 48.857,
    longitude: 2.352,
    carriers: FRENCH,
    owner: "Camille Moreau",
    deputy: "Hugo Laurent",
  },
  {
    city: "Lyon",
    code: "lys",
    region: "Rhône-Alpes",
    country: "FR",
    timeZone: "Europe/Paris",
    gridZone: "FR",
    latitude: 45.764,
    longitude: 4.836,
    carriers: FRENCH,
    owner: "Hugo Laurent",
    deputy: "Camille Moreau",
  },
  {
    city: "Amsterdam",
    code: "ams",
    region: "Randstad",
    country: "NL",
    timeZone: "Europe/Amsterdam",
    gridZone: "NL",
    latitude: 52.368,
    longitude: 4.904,
    carriers: DUTCH,
    owner: "Sanne de Vries",
    deputy: "Joost Bakker",
  },
  {
    city: "Warszawa",
    code: "waw",
    region: "Mazowsze",
    country: "PL",
    timeZone: "Europe/Warsaw",
    gridZone: "PL",
    latitude: 52.23,
    longitude: 21.012,
    carriers: POLISH,
    owner: "Agnieszka Nowak",
    deputy: "Piotr Zieliński",
  },
  {
    city: "Gdańsk",
    code: "gdn",
    region: "Pomorze",
    country: "PL",
    timeZone: "Europe/Warsaw",
    gridZone: "PL",
    latitude: 54.352,
    longitude: 18.647,
    carriers: POLISH,
    owner: "Piotr Zieliński",
    deputy: "Agnieszka Nowak",
  },
];

const formatters = new Map<string, Intl.DateTimeFormat>();
/** Offsets change at full quarters of an hour at most: asked once for each. */
const offsets = new Map<string, number>();
const QUARTER = 900;

/** Hours since midnight by the clock on the wall there, 0 to 24. @param at seconds since 1970 */
export function localHour(timeZone: string, at: number): number {
  const quarter = Math.floor(at / QUARTER);
  const name = `${timeZone} ${quarter}`;
  let offset = offsets.get(name);
  if (offset === undefined) {
    if (offsets.size > 4096) offsets.clear();
    offset = offsetSeconds(timeZone, quarter * QUARTER);
    offsets.set(name, offset);
  }
  return ((((at + offset) % 86_400) + 86_400) % 86_400) / 3600;
}

/** Local time less UTC. */
function offsetSeconds(timeZone: string, at: number): number {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone } as const;
    formatter = new Intl.DateTimeFormat("en-GB", options);
    formatters.set(timeZone, formatter);
  }
  const [hours = 0, minutes = 0] = formatter
    .format(1000 * at)
    .split(":")
    .map(Number);
  const local = 3600 * hours + 60 * minutes;
  const difference = local - (at % 86_400);
  return difference < -43_200 ? difference + 86_400 : difference > 43_200 ? difference - 86_400 : difference;
}
