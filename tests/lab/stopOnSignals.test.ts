// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

const module = path.join(import.meta.dirname, "../../lab/stopOnSignals.ts");

/** Starts a process that runs the script with the function under test at hand, and waits for its first line. */
async function start(script: string): Promise<{ child: ChildProcess; lines: string[] }> {
  const source = `const { stopOnSignals } = await import(process.argv[1]); const idle = setInterval(() => {}, 1e6); ${script}; console.log("ready");`;
  const env = { ...process.env, NODE_OPTIONS: "" };
  const child = spawn(process.execPath, ["--input-type=module", "-e", source, module], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(line));
  await once(reader, "line");
  return { child, lines };
}

const slowStop =
  'stopOnSignals(async () => { console.log("stopping"); await new Promise(setImmediate); console.log("stopped"); })';

describe("stopOnSignals", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("cleans up at %s and then ends by it", async (signal) => {
    const { child, lines } = await start(slowStop);
    child.kill(signal);
    expect(await once(child, "close")).toEqual([null, signal]);
    expect(lines).toEqual(["ready", "stopping", "stopped"]);
  });

  it("leaves the end to those who handle the signal too", async () => {
    const { child } = await start(
      `process.on("SIGINT", () => {}); stopOnSignals(async () => setImmediate(() => process.exit(9)))`,
    );
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([9, null]);
  });

  it("ends by the signal even when cleaning up fails", async () => {
    const { child } = await start('stopOnSignals(() => Promise.reject(new Error("no")))');
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([null, "SIGTERM"]);
  });

  it("does not make a second signal wait", async () => {
    const { child, lines } = await start(
      'stopOnSignals(() => { console.log("stopping"); return new Promise(() => {}); })',
    );
    const stopping = once(child.stdout ?? child, "data");
    child.kill("SIGINT");
    await stopping;
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([null, "SIGINT"]);
    expect(lines).toEqual(["ready", "stopping"]);
  });

  it("does nothing any more once it is taken off", async () => {
    const { child, lines } = await start(`${slowStop}()`);
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([null, "SIGTERM"]);
    expect(lines).toEqual(["ready"]);
  });
});
