import "server-only";
import { type Database, openDatabase } from "@/db/client";
import { getConsoleConfig } from "./config";

// A development server loads modules anew on each change; the pool must outlive that.
const kept = globalThis as { fernblickDatabase?: Database };

/** The console's pool. */
export function consoleDatabase(): Database {
  kept.fernblickDatabase ??= openDatabase(getConsoleConfig().DATABASE_URL, { applicationName: "fernblick-console" });
  return kept.fernblickDatabase;
}
