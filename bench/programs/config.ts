/** What programs that a bench starts are given of the caller's environment. */
export function readBenchEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production" };
}
