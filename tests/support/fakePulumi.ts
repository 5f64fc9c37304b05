// SPDX-License-Identifier: Apache-2.0
// A program named pulumi that does what the test says, for what the CLI makes of the engine's answers.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeNodeScript } from "./nodeScript.ts";

/** What the program does when its words start like this; the first that fits counts. */
export interface FakeAnswer {
  /** First words of the command line, such as `stack export`. */
  readonly when: string;
  readonly stdout?: string;
  readonly stderr?: string;
  /** @default 0 */
  readonly code?: number;
  /** Events for the receiver that `--event-log` names. */
  readonly events?: readonly object[];
  /** Says `running` on a line of the calls file and waits; `interrupts` is how many SIGINT it takes before it ends. */
  readonly waits?: { readonly interrupts: number };
}

/** One run of the program. */
export interface FakeCall {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The program in a folder of its own. */
export interface FakePulumi {
  /** To be put first on the PATH. */
  readonly folder: string;
  /** All runs so far; what only says that one goes on, or was interrupted, is left out. */
  readonly calls: () => Promise<readonly FakeCall[]>;
  /** The notes of runs that wait: `running <pid>`, `interrupted`. */
  readonly notes: () => Promise<readonly string[]>;
}

const PROGRAM = `
const { appendFileSync, readFileSync } = require("node:fs");
const words = process.argv.slice(2);
const here = __dirname;
const note = (what) => appendFileSync(here + "/calls", JSON.stringify(what) + "\\n");
note({ words, environment: process.env });
const answers = JSON.parse(readFileSync(here + "/answers.json", "utf8"));
const answer = answers.find(({ when }) => (words.join(" ") + " ").startsWith(when + " ")) ?? { code: 99, stderr: "unexpected: " + words.join(" ") };
process.stdout.write(answer.stdout ?? "");
process.stderr.write(answer.stderr ?? "");
process.exitCode = answer.code ?? 0;
if (answer.events?.length > 0) sendEvents(words[words.indexOf("--event-log") + 1], answer.events);
if (answer.waits) {
  let left = answer.waits.interrupts;
  const timer = setInterval(() => {}, 1000);
  process.on("SIGINT", () => {
    note("interrupted");
    left -= 1;
    if (left === 0) clearInterval(timer);
  });
  note("running " + process.pid);
}
function sendEvents(address, events) {
  const load = require("node:module").createRequire(${JSON.stringify(import.meta.filename)});
  const { credentials } = load("@grpc/grpc-js");
  const { EventsClient } = load("@pulumi/pulumi/proto/events_grpc_pb.js");
  const { EventRequest } = load("@pulumi/pulumi/proto/events_pb.js");
  const client = new EventsClient(address.replace("tcp://", ""), credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  const stream = client.streamEvents(() => client.close());
  for (const event of events) {
    const request = new EventRequest();
    request.setEvent(JSON.stringify(event));
    stream.write(request);
  }
  stream.end();
}
`;

/** Makes the program in `folder`. */
export async function makeFakePulumi(folder: string, answers: readonly FakeAnswer[]): Promise<FakePulumi> {
  await mkdir(folder, { recursive: true });
  const program = join(folder, "pulumi");
  await writeNodeScript(program, PROGRAM);
  await writeFile(
    join(folder, "answers.json"),
    JSON.stringify([...answers, { when: "version", stdout: "v3.259.0\n" }]),
  );
  const lines = async (): Promise<readonly unknown[]> => {
    const text = await readFile(join(folder, "calls"), "utf8").catch(() => "");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  };
  return {
    folder,
    calls: async () => (await lines()).filter((line): line is FakeCall => typeof line === "object"),
    notes: async () => (await lines()).filter((line) => typeof line === "string"),
  };
}
