import { parseArgs } from "node:util";
import { pino } from "pino";
import type { EnrolAnswer } from "@/contract/agents";
import { type AgentConfig, type AgentOptions, ConfigError, readAgentConfig } from "./config";
import { DataLockError, lockData } from "./data-lock";
import { makePrivateFolder, StateFileError } from "./durable-file";
import { EnrolError, enrol } from "./enrol";
import { describeFailure } from "./gateway-client";
import { findIdentity } from "./identity-file";
import { readMachine } from "./read-command";
import { RunError, runAgent } from "./run";
import { AGENT_VERSION } from "./version";

const HELP = `fernblick-agent ${AGENT_VERSION}: reads this machine and sends what it finds to Fernblick. Opens no port.

  fernblick-agent enrol --gateway URL --token fbj_…   make this machine's key and register it
  fernblick-agent run                                 collect and send until stopped
  fernblick-agent read                                print one reading of this machine and end

  --data DIR     identity, counters and unsent readings (FERNBLICK_AGENT_DATA;
                 else /var/lib/fernblick-agent for root, ~/.local/state/fernblick-agent for others)
  --replace      with enrol: give up the identity that is there, and what it has not sent
  --root DIR     the host's root folder, for an agent in a container; also --proc, --sys, --etc
  --kubernetes   the cluster instead of the machine, with the service account of the pod
  --kubeconfig FILE     …with this kubeconfig
  --cluster-name NAME   …under this name (FERNBLICK_CLUSTER_NAME)
  --kubelet-stats       …and asks kubelets how full claims and nodes are (FERNBLICK_KUBELET_STATS=true);
                        needs deploy/kubernetes/agent-kubelet-role.yaml
  --scrape WHAT  …and asks exporters (FERNBLICK_SCRAPE, with spaces between): "annotated" for pods and services
                 with prometheus.io/scrape, URL or NODE=URL for an endpoint; may be given several times
  --version      print the version
  --help         print this text

  FERNBLICK_GATEWAY, FERNBLICK_JOIN_TOKEN   as --gateway and --token; with them run --kubernetes enrols by itself
  FERNBLICK_AGENT_INTERVAL      seconds between readings; wins over the gateway's
  FERNBLICK_AGENT_SPOOL_BYTES   how much may wait on disk, default 67108864
  FERNBLICK_LOG_LEVEL           debug, info, warn, error or silent
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY   the way out of this network, and for which names it is not taken
  NODE_EXTRA_CA_CERTS           file with the certificate of a private authority
`;

/** A command line that does not fit. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

type Arguments = AgentOptions & { command: string; isReplacing: boolean };

function readArguments(argv: string[]): Arguments | "help" | "version" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const options = { gateway: text, token: text, data: text, proc: text, sys: text, etc: text, root: text };
  const parsed = parse(argv, {
    ...options,
    kubernetes: flag,
    kubeconfig: text,
    "cluster-name": text,
    scrape: { type: "string", multiple: true },
    "kubelet-stats": flag,
    replace: flag,
    help: flag,
    version: flag,
  });
  const { help, version, replace, ...rest } = parsed.values;
  if (help) return "help";
  if (version) return "version";
  const [command, surplus] = parsed.positionals;
  if (!command || !["enrol", "run", "read"].includes(command)) {
    throw new UsageError(`found ${command ? `"${command}"` : "no command"}, expected enrol, run or read; see --help`);
  }
  if (surplus) throw new UsageError(`found "${surplus}" after ${command}, expected options only; see --help`);
  for (const name of ["kubeconfig", "cluster-name", "kubelet-stats", "scrape"] as const) {
    if (rest[name] && !rest.kubernetes) throw new UsageError(`--${name} goes with --kubernetes; see --help`);
  }
  return { command, isReplacing: replace, ...rest };
}

function parse<T extends NonNullable<Parameters<typeof parseArgs>[0]>["options"]>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(
      `${
        describeFailure(error)
          .replace(/^ERR_\w+: /, "")
          .split(". ")[0]
      }; see --help`,
    );
  }
}

async function main(): Promise<void> {
  const input = readArguments(process.argv.slice(2));
  if (input === "help") return void process.stdout.write(HELP);
  if (input === "version") return void process.stdout.write(`${AGENT_VERSION}\n`);
  const config = readAgentConfig(input);
  if (input.command === "enrol") await enrolHere(input, config);
  else if (input.command === "run") await runHere(config);
  else if (config.kubernetes) {
    // Only then: it costs memory that a machine without a cluster needs for other things.
    const { readCluster } = await import("./kubernetes/read-cluster");
    process.stdout.write(`${JSON.stringify(await readCluster(config.kubernetes.kubeconfig), null, 2)}\n`);
  } else {
    const { reading, canEnd } = await readMachine(config.roots);
    process.stdout.write(`${JSON.stringify(reading, null, 2)}\n`, () => canEnd || endNow());
  }
}

async function enrolHere({ isReplacing, data }: Arguments, config: AgentConfig): Promise<void> {
  const { gateway, answer } = await enrolAs(config, isReplacing);
  const next =
    answer.status === "waiting"
      ? "An owner or admin has to approve it in the console; until then readings are kept here."
      : "The gateway takes its readings.";
  const more = `${config.kubernetes ? " --kubernetes" : ""}${data ? ` --data ${data}` : ""}`;
  process.stdout.write(
    `Enrolled at ${gateway}\n  organisation  ${answer.organisation}\n  site          ${answer.site}\n` +
      `  status        ${answer.status}\n${next}\nNext: fernblick-agent run${more}\n`,
  );
}

async function enrolAs(
  { gateway, token, dataPath, roots, kubernetes }: AgentConfig,
  isReplacing: boolean,
): Promise<{ gateway: string; answer: EnrolAnswer }> {
  if (!gateway || !token) throw new UsageError(`enrol: --${gateway ? "token" : "gateway"} is missing; see --help`);
  const cluster = kubernetes ? await findCluster(kubernetes) : null;
  await makePrivateFolder(dataPath);
  const unlock = await lockData(dataPath);
  const { answer } = await enrol({ gateway, token, dataPath, roots, isReplacing, cluster }).finally(unlock);
  return { gateway, answer };
}

/** Which cluster this is. */
async function findCluster({ kubeconfig, name }: NonNullable<AgentConfig["kubernetes"]>) {
  const { openCluster } = await import("./kubernetes/open-cluster");
  const cluster = await openCluster(kubeconfig);
  cluster.close();
  return { uid: cluster.uid, name: name ?? cluster.name };
}

async function runHere(config: AgentConfig): Promise<void> {
  const log = pino(
    { base: null, level: config.logLevel, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  const stop = new AbortController();
  process.on("SIGTERM", () => stop.abort());
  process.on("SIGINT", () => stop.abort());
  // Nobody types a command into a pod: it enrols by itself, once.
  if (config.kubernetes && config.token && !(await findIdentity(config.dataPath))) {
    const { answer } = await enrolAs(config, false);
    log.info({ organisation: answer.organisation, site: answer.site, status: answer.status }, "enrolled");
  }
  const canEnd = await runAgent(config, log, stop.signal);
  if (!canEnd) endNow();
  process.exit(0);
}

/** A thread that waits for a dead file server would hold an ordinary exit up for ever. */
function endNow(): void {
  process.kill(process.pid, "SIGKILL");
}

const EXPECTED_ERRORS = [ConfigError, DataLockError, EnrolError, RunError, StateFileError, UsageError];
/** By name: what speaks to clusters is loaded apart and brings a class of its own. */
const isAccessError = (error: unknown) => error instanceof Error && error.name === "AccessError";

main().catch((error: unknown) => {
  const isExpected = isAccessError(error) || EXPECTED_ERRORS.some((kind) => error instanceof kind);
  const text = error instanceof Error && isExpected ? error.message : describeFailure(error);
  process.stderr.write(`fernblick-agent: ${text.replaceAll("\n", " ")}\n`);
  process.exit(1);
});
