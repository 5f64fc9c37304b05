// SPDX-License-Identifier: Apache-2.0
// What a client does with its connection apart from a good request.
import { once } from "node:events";
import { connect } from "node:net";
import { eventually } from "../../support/eventually.ts";
import { sendRaw, statusesIn } from "../../support/rawHttp.ts";
import type { Whois } from "../../../agent-image/daemon/whois.ts";
import { OPERATOR, startTestDaemon, type TestDaemon } from "../../support/testDaemon.ts";

const PUT = { name: "openai", provider: "openai", version: 1, value: "sk-canary-1" };

let daemon: TestDaemon;
let port: number;
let caller: Whois | undefined;
beforeEach(async () => {
  caller = OPERATOR;
  daemon = await startTestDaemon({ whois: () => Promise.resolve(caller) });
  port = Number(new URL(daemon.url).port);
});
afterEach(() => daemon.stop());

/** Action, key, version, allowed and code of every entry after the start. */
async function recorded(): Promise<readonly unknown[]> {
  const entries = (await daemon.audit()).slice(1);
  return entries.map(({ action, key, version, allowed, code }) => [action, key, version, allowed, code]);
}

/** The head of a put. */
function head(...lines: readonly string[]): string {
  const common = [`Host: 127.0.0.1:${port}`, "Sec-Claws-No-Browsers: 1", "Content-Type: application/json"];
  return ["POST /v1/keys/put HTTP/1.1", ...common, ...lines, "", ""].join("\r\n");
}

describe("a put", () => {
  it("that is refused before its body has come ends the connection, so that nothing of the body is waited for", async () => {
    caller = undefined;
    const { text } = await sendRaw(port, `${head("Content-Length: 100")}{"name":`);

    expect(statusesIn(text)).toEqual([403]);
    expect(text).toMatch(/^connection: close\r$/im);
  });

  it.each([
    ["has more behind its body", "{}\r\n\r\n"],
    ["has another that is no good behind it", "GET /v1/status HTTP/9\r\n\r\n"],
  ])("that %s is answered for itself before the rest is refused", async (_name, rest) => {
    const body = JSON.stringify(PUT);
    const { text } = await sendRaw(port, head(`Content-Length: ${body.length}`) + body + rest);

    expect(statusesIn(text)).toEqual([200, 400]);
    expect(await recorded()).toEqual([["put", PUT.name, PUT.version, true, "ok"]]);
  });

  it.each([
    ["is broken off in its body", '{"name":', true],
    ["has a broken chunk in its body", "zz\r\n", false],
  ])("that %s is the client's fault: recorded as refused, and none of the daemon's", async (_name, part, isReset) => {
    const framing = isReset ? "Content-Length: 100" : "Transfer-Encoding: chunked";
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    socket.write(head(framing, "Expect: 100-continue"));
    await once(socket, "data"); // it may act, so its body is being read
    socket.write(part, () => isReset && socket.resetAndDestroy());
    await eventually(recorded, (entries) => entries.length > 0);

    expect(await recorded()).toEqual([["put", null, null, false, "bad-request"]]);
    expect(daemon.lines.map(({ event }) => event)).not.toContain("control-fault");
    socket.destroy();
  });
});
