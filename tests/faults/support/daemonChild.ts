// SPDX-License-Identifier: Apache-2.0
// The daemon in a process of its own, in front of the provider that the arguments name, so that its memory can be looked at. Ends with its input.
import { readFileSync } from "node:fs";
import type { FakeUpstream } from "../../support/fakeUpstream.ts";
import { startTestDaemon } from "../../support/testDaemon.ts";

const [origin = "", caFile = ""] = process.argv.slice(2);
const upstream = { origin, ca: readFileSync(caFile, "utf8") } as FakeUpstream;
const daemon = await startTestDaemon({ upstream });
const { url, brokerUrl, token } = daemon;
process.stdout.write(`${JSON.stringify({ url, brokerUrl, token })}\n`);
process.stdin.resume().once("end", () => void daemon.stop().then(() => process.exit(0)));
