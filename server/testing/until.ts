const LOOK_AGAIN_MS = 10;

/**
 * Waits until `condition` gives something that is neither false nor null nor undefined, and gives that back.
 * @throws Error with `what` when that has not happened after `deadlineSeconds`
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineSeconds = 10,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + deadlineSeconds * 1000;
  for (;;) {
    const result = await condition();
    if (result !== false && result !== null && result !== undefined) {
      return result as Exclude<T, false | null | undefined>;
    }
    if (Date.now() > deadline) throw new Error(`After ${deadlineSeconds} s still not true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
