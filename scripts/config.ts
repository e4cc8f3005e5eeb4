/** The environment of a build: ours, without Next's telemetry notice and colours (its words go to a log), always for production. */
export function readBuildEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1", NODE_ENV: "production" };
}

/** The environment of the test runners: as it is, without Next's telemetry notice. */
export function readTestEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
}

/** A Chromium that somebody chose; undefined when nobody did. */
export function readBrowserPath(): string | undefined {
  return process.env.CHROMIUM_PATH || undefined;
}
