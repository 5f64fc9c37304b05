// SPDX-License-Identifier: Apache-2.0
// sendRaw.ts PORT TEXT...: sends each text, byte for byte and after the unescaping of JSON, over a connection of its own to 127.0.0.1 and
// prints, a JSON line each, the status codes that came back, the broker's error code, and how the connection ended. `{token}` stands for
// the workload's placeholder, which its user may read.
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const PATIENCE = 4000;
const [port = "", ...texts] = process.argv.slice(2);
const token = readFileSync("/run/office-claws/agent-token", "latin1");

function send(text: string): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let ended = "closed";
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(Buffer.from(text, "latin1")));
    socket.setTimeout(PATIENCE, () => {
      ended = "open";
      socket.destroy();
    });
    socket.on("data", (part) => parts.push(part));
    socket.on("error", ({ code = "unknown" }: NodeJS.ErrnoException) => (ended = code));
    socket.on("close", () => resolve(describe(Buffer.concat(parts).toString("latin1"), ended)));
  });
}

function describe(answer: string, ended: string): string {
  const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  const [, error] = /^x-claws-broker-error: (\S+)\r$/im.exec(answer) ?? [];
  return JSON.stringify({ statuses, error: error ?? null, ended });
}

for (const text of texts) {
  const unescaped = JSON.parse(`"${text}"`) as string;
  process.stdout.write(`${await send(unescaped.replaceAll("{token}", token))}\n`);
}
