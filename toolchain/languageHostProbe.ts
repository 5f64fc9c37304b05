// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { connect } from "node:http2";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { VersionProbe } from "./versionProbe.ts";

/**
 * Asks a Pulumi language host for its version. Language hosts have no version flag; they answer the engine's gRPC
 * question instead, so this starts the host on a loopback port of its own choice, asks, and ends it.
 */
export const languageHostProbe: VersionProbe = async (file) => {
  // Nothing listens at the engine's address: the host calls there minutes later at the earliest.
  const host = spawn(file, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "ignore"] });
  const deadline = setTimeout(() => host.kill("SIGKILL"), probeLimit);
  try {
    const port = await readPort(host);
    return port === undefined ? undefined : parsePluginInfo(await askPluginInfo(port));
  } catch {
    return undefined;
  } finally {
    clearTimeout(deadline);
    host.kill("SIGKILL");
  }
};

const probeLimit = 20_000;
const emptyMessage = Buffer.alloc(5);

function readPort(host: ChildProcessByStdio<null, Readable, null>): Promise<string | undefined> {
  return new Promise((resolve) => {
    host.on("error", () => resolve(undefined));
    host.on("close", () => resolve(undefined));
    createInterface({ input: host.stdout }).once("line", (line) => resolve(/^\d{1,5}$/.test(line) ? line : undefined));
  });
}

function askPluginInfo(port: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on("error", reject);
    const call = session.request({
      ":method": "POST",
      ":path": "/pulumirpc.LanguageRuntime/GetPluginInfo",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const chunks: Buffer[] = [];
    call.on("data", (chunk: Buffer) => chunks.push(chunk));
    call.on("error", reject);
    call.on("close", () => {
      session.close();
      resolve(Buffer.concat(chunks));
    });
    call.setTimeout(probeLimit, () => call.close());
    call.end(emptyMessage);
  });
}

/**
 * Version in a gRPC reply that holds one PluginInfo message: a five-byte frame head, then field 1 as a short string.
 * Gives undefined for anything else, and for a host that was built without a version.
 */
export function parsePluginInfo(reply: Buffer): string | undefined {
  if (reply.length < 7 || reply[0] !== 0 || reply.readUInt32BE(1) !== reply.length - 5 || reply[5] !== 0x0a)
    return undefined;
  const length = reply[6] ?? 0;
  if (length > 127 || reply.length < 7 + length) return undefined;
  return /^v?(\d+\.\d+\.\d+)$/.exec(reply.subarray(7, 7 + length).toString("latin1"))?.[1];
}
