// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** A real Secret Service: GNOME Keyring on a message bus of its own, unlocked, with nothing in it. */
export interface SecretService {
  /** What a program needs to find it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

const NAME = "org.freedesktop.secrets";

/** Starts one whose files are in the folder. Needs the Debian packages dbus and gnome-keyring. */
export async function startSecretService(folder: string): Promise<SecretService> {
  const runtime = join(folder, "run");
  await mkdir(runtime, { mode: 0o700 });
  const base = { PATH: process.env["PATH"] ?? "", HOME: folder, XDG_RUNTIME_DIR: runtime };
  const bus = spawn("dbus-daemon", ["--session", "--nofork", "--print-address=1"], { env: base });
  const address = await says(bus, "\n");
  const environment = { DBUS_SESSION_BUS_ADDRESS: address.trim(), XDG_RUNTIME_DIR: runtime };
  const options = { env: { ...base, ...environment } };
  // The keyring itself does not say when it is ready; the bus does.
  const rule = `type='signal',member='NameOwnerChanged',arg0='${NAME}'`;
  const monitor = spawn("dbus-monitor", ["--session", rule], options);
  await says(monitor, "\n");
  const keyring = spawn("gnome-keyring-daemon", ["--foreground", "--unlock", "--components=secrets"], options);
  keyring.stdin.end("keyring");
  await says(monitor, `string "${NAME}"`);
  return {
    environment,
    close: async () => {
      for (const child of [monitor, keyring, bus]) await end(child);
    },
  };
}

/** Resolves with what a program has printed once that holds the text. @throws when the program ends before */
async function says(child: ChildProcess, text: string): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error("no output is read");
  let printed = "";
  return await new Promise((resolve, reject) => {
    stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString("utf8");
      if (printed.includes(text)) resolve(printed);
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${child.spawnfile} ended: ${printed}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "close");
  child.kill("SIGTERM");
  await ended;
}
