// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const labPackages = [
  "mmdebstrap",
  "systemd-container",
  "nftables",
  "iproute2",
  "nmap",
  "openssl",
  "util-linux",
  "procps",
  "ca-certificates",
];
const benchPackages = ["nginx-light", "wrk"];

const dayMilliseconds = 24 * 3600 * 1000;
/** dpkg asks this program before it starts a service; 101 means no. */
const servicePolicy = "usr/sbin/policy-rc.d";
const servicePolicyText = "#!/bin/sh\n# office-claws: no service starts during this install\nexit 101\n";

/**
 * Installs the Debian packages that the lab (and with `bench` the benchmark) needs, without starting a service. On
 * another system, or not as root, it only says what is missing.
 */
export async function ensureSystemPackages(options) {
  const { bench, platform = process.platform, isRoot = process.getuid?.() === 0, root = "/", say = tell } = options;
  const environment = options.environment ?? process.env;
  const wanted = [...labPackages, ...(bench ? benchPackages : [])];
  if (platform !== "linux") return;
  if (!isDebian(root)) {
    say(`this is neither Debian nor Ubuntu: the lab needs what the Debian packages ${wanted.join(" ")} hold`);
    return;
  }
  const missing = findMissing(wanted, environment);
  if (missing.length === 0) return;
  if (!isRoot) {
    say(`the lab needs more packages; as root run: apt-get install --no-install-recommends ${missing.join(" ")}`);
    return;
  }
  say(`installing Debian packages: ${missing.join(" ")} ...`);
  if (listsAreOld(join(root, "var/lib/apt/lists"))) await apt(["update"], environment);
  const install = ["install", "--yes", "--no-install-recommends", ...missing];
  await withoutServices(join(root, servicePolicy), () => apt(install, environment));
}

function isDebian(root) {
  try {
    const release = readFileSync(join(root, "etc/os-release"), "utf8");
    return /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(release);
  } catch {
    return false;
  }
}

function findMissing(names, env) {
  const format = "${Package} ${db:Status-Status}\\n";
  const { stdout, error } = spawnSync("dpkg-query", ["--show", `--showformat=${format}`, ...names], {
    env,
    encoding: "utf8",
  });
  if (error !== undefined) throw new Error(`cannot look for Debian packages: ${error.message}`);
  const present = new Set(stdout.split("\n").filter((line) => line.endsWith(" installed")));
  return names.filter((name) => !present.has(`${name} installed`));
}

/** True when there are no package lists or none younger than a day. */
function listsAreOld(folder) {
  try {
    const lists = readdirSync(folder).filter((name) => /_Packages(?:\.\w+)?$/.test(name));
    return !lists.some((name) => Date.now() - statSync(join(folder, name)).ctimeMs < dayMilliseconds);
  } catch {
    return true;
  }
}

async function withoutServices(policy, install) {
  const own = !existsSync(policy) || readFileSync(policy, "utf8") === servicePolicyText;
  if (own) writeFileSync(policy, servicePolicyText, { mode: 0o755 });
  try {
    await install();
  } finally {
    if (own) rmSync(policy, { force: true });
  }
}

async function apt(args, environment) {
  const options = ["DPkg::Lock::Timeout=300", "Acquire::Retries=1", "Acquire::http::Timeout=20", "Dpkg::Use-Pty=0"];
  const argv = ["-q", ...options.flatMap((option) => ["-o", option]), ...args];
  const env = { ...environment, DEBIAN_FRONTEND: "noninteractive" };
  const child = spawn("apt-get", argv, { env, stdio: ["ignore", process.stderr, process.stderr] });
  // While apt-get works a signal goes to it, so that what has to be undone afterwards is undone.
  const pass = (signal) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, pass);
  const ending = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (status, signal) => resolve(status === 0 ? undefined : (signal ?? `status ${status}`)));
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, pass);
  if (ending !== undefined) throw new Error(`cannot ${args[0]} Debian packages: apt-get ended with ${ending}`);
}

function tell(text) {
  process.stderr.write(`bootstrap: ${text}\n`);
}
