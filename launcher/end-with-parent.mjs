// Preloaded into every program that the launcher starts: when the launcher dies without a word (SIGKILL, crash), the
// channel to it closes and the program ends by itself instead of holding its port for ever.
const GRACE_MILLISECONDS = 8_000;

process.once("disconnect", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.exit(1), GRACE_MILLISECONDS).unref();
});
process.channel?.unref();
