// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FakeUpstream } from "../../support/fakeUpstream.ts";
import { callControl } from "./daemonProcess.ts";
import { putOf } from "./pushRequests.ts";

/** A daemon in a process of its own. */
export interface OwnDaemon {
  readonly pid: number;
  readonly brokerUrl: string;
  readonly token: string;
  close(): Promise<void>;
}

const CHILD = join(import.meta.dirname, "daemonChild.ts");

/** Starts one in front of the fake provider, with a key; its certificate goes into the folder. */
export async function startOwnDaemon(folder: string, upstream: FakeUpstream): Promise<OwnDaemon> {
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, upstream.ca);
  const child = spawn(process.execPath, ["--no-warnings", CHILD, upstream.origin, caFile], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env["PATH"] },
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { url, brokerUrl, token } = JSON.parse(String(line)) as { url: string; brokerUrl: string; token: string };
  await callControl(Number(new URL(url).port), "POST", "/v1/keys/put", putOf(1));
  return {
    pid: child.pid ?? 0,
    brokerUrl,
    token,
    async close() {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}
