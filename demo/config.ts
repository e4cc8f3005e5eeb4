import { z } from "zod";

/** What the launcher tells the demo fleet that it starts. */
const Environment = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "DATABASE_URL: expected postgres://…" }),
  FERNBLICK_DEMO_ORGANISATION: z.uuid("FERNBLICK_DEMO_ORGANISATION: expected an id"),
  FERNBLICK_DEMO_GATEWAY: z.url({ protocol: /^https?$/, error: "FERNBLICK_DEMO_GATEWAY: expected http://…" }),
  FERNBLICK_DEMO_FOLDER: z.string("FERNBLICK_DEMO_FOLDER: expected a folder").min(1),
});
export type DemoEnvironment = z.infer<typeof Environment>;

/** @throws Error with one line for each bad variable; values are never repeated */
export function readDemoEnvironment(environment: NodeJS.ProcessEnv = process.env): DemoEnvironment {
  const parsed = Environment.safeParse(environment);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ message }) => message).join("\n"));
}
