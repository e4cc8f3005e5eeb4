const NODE_MIN = [20, 19];

/** One line when `version` (as `20.19.0`) is too old to run Fernblick, else null. */
export function findNodeComplaint(version) {
  const parts = version.split(".").map(Number);
  if (parts[0] > NODE_MIN[0] || (parts[0] === NODE_MIN[0] && parts[1] >= NODE_MIN[1])) return null;
  return `Fernblick needs Node ${NODE_MIN.join(".")} or newer; this is v${version}. Install it from https://nodejs.org or with your version manager (.nvmrc names the version).`;
}
