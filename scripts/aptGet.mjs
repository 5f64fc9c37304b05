// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";

const settings = ["DPkg::Lock::Timeout=300", "Acquire::Retries=1", "Acquire::http::Timeout=20", "Dpkg::Use-Pty=0"];
const keptLines = 12;

/**
 * Runs apt-get without questions and without output.
 *
 * @throws Error with apt-get's last lines when it fails.
 */
export async function aptGet(args, environment) {
  const argv = ["-q", ...settings.flatMap((setting) => ["-o", setting]), ...args];
  const env = { ...environment, DEBIAN_FRONTEND: "noninteractive" };
  // While apt-get works a signal goes to it, so that what has to be undone afterwards is undone.
  let child;
  const pass = (signal) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, pass);
  child = spawn("apt-get", argv, { env, stdio: ["ignore", "pipe", "pipe"] });
  let lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream
      .setEncoding("utf8")
      .on("data", (text) => (lines = [...lines, ...text.split("\n")].filter(Boolean).slice(-keptLines)));
  }
  const ending = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (status, signal) => resolve(status === 0 ? undefined : (signal ?? `status ${status}`)));
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, pass);
  if (ending === undefined) return;
  throw new Error([`cannot ${args[0]} Debian packages: apt-get ended with ${ending}`, ...lines].join("\n  "));
}
