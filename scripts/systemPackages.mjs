// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { aptGet } from "./aptGet.mjs";
import { removeLeftPolicy, withoutServices } from "./servicePolicy.mjs";

const labPackages = [
  "mmdebstrap",
  "debian-archive-keyring",
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
/** For tests only: the panel in a browser, a program that attacks a process as no script can, a login to a droplet, a keychain. */
const testPackages = ["chromium", "gcc", "libc6-dev", "openssh-client", "dbus", "gnome-keyring"];
/** Programs for single tests. Not every release has these packages; the others do without. */
const extraPackages = ["packer", "zsh", "fish", "mandoc"];

const dayMilliseconds = 24 * 3600 * 1000;

/**
 * Installs the Debian packages that the lab, with `bench` the benchmark and with `tests` the tests need, without starting a
 * service. On another system, or not as root, it only says what is missing.
 */
export async function ensureSystemPackages(options) {
  const {
    lab = true,
    bench = false,
    tests = false,
    platform = process.platform,
    isRoot = process.getuid?.() === 0,
    root = "/",
    say = tell,
  } = options;
  const environment = options.environment ?? process.env;
  const wanted = [...(lab ? labPackages : []), ...(bench ? benchPackages : []), ...(tests ? testPackages : [])];
  if (platform !== "linux") return;
  if (!isDebian(root)) {
    say(`this is neither Debian nor Ubuntu: what is needed is in the Debian packages ${wanted.join(" ")}`);
    return;
  }
  if (isRoot) await removeLeftPolicy(root, say);
  const missing = findMissing(wanted, environment);
  if (!isRoot) {
    if (missing.length === 0) return;
    say(`more packages are needed; as root run: apt-get install --no-install-recommends ${missing.join(" ")}`);
    return;
  }
  const apt = { root, environment, say };
  if (missing.length > 0) await install(missing, apt);
  const extra = (tests ? extraPackages : []).filter(
    (name) => !hasProgram(name, environment) && isOffered(name, environment),
  );
  // One test's program is no reason to refuse all others: that test says what it lacks.
  if (extra.length > 0) await install(extra, apt).catch((error) => say(error.message));
}

/** Installs at the first try, or with fresh package lists at the second: old ones name files that mirrors have dropped. */
async function install(names, { root, environment, say }) {
  say(`installing Debian packages: ${names.join(" ")} ...`);
  const old = listsAreOld(join(root, "var/lib/apt/lists"));
  // An update that fails is often about a source that is not needed: the install decides.
  if (old) await aptGet(["update"], environment).catch((error) => say(error.message));
  const argv = ["install", "--yes", "--no-install-recommends", ...names];
  const hadNginx = existsSync(join(root, "usr/sbin/nginx"));
  await withoutServices(root, say, async () => {
    try {
      await aptGet(argv, environment);
    } catch (error) {
      if (old) throw error;
      say(`${error.message.split("\n")[0]}; trying again with new package lists ...`);
      await aptGet(["update"], environment).catch((failure) => say(failure.message));
      await aptGet(argv, environment);
    }
  });
  // The benchmark starts an nginx of its own; the machine must not serve a welcome page after its next start.
  if (names.includes("nginx-light") && !hadNginx) {
    spawnSync("update-rc.d", ["nginx", "disable"], { env: environment, stdio: "ignore" });
  }
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

/** Whether a program is on PATH, wherever it came from. */
function hasProgram(name, env) {
  return (env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, name)));
}

/** Whether the package lists of this machine hold a version of the package that can be installed. */
function isOffered(name, env) {
  const { stdout } = spawnSync("apt-cache", ["policy", name], { env: { ...env, LC_ALL: "C" }, encoding: "utf8" });
  return /^ +Candidate: (?!\(none\))/m.test(stdout ?? "");
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

function tell(text) {
  process.stderr.write(`bootstrap: ${text}\n`);
}
