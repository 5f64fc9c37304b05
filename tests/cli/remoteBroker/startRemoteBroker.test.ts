// SPDX-License-Identifier: Apache-2.0
import { request } from "node:http";
import type { BrokerClient } from "../../../broker/brokerClient.ts";
import { PROVIDERS } from "../../../broker/providerTable.ts";
import { createUpstreamAgent } from "../../../broker/upstreamAgent.ts";
import type { UsageLine } from "../../../broker/usageLine.ts";
import { startRemoteBroker, type RemoteBroker } from "../../../cli/remoteBroker/startRemoteBroker.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { startFakeUpstream, type FakeUpstream } from "../../support/fakeUpstream.ts";
import { openRequest, readAnswer } from "../../support/testBroker.ts";

let upstream: FakeUpstream;
const running: RemoteBroker[] = [];
const usage: (UsageLine & { readonly agent: string | undefined })[] = [];
/** Callers are told apart by their own address: 127.0.0.2 is ada, 127.0.0.3 is grace. */
const callers = new Map<string, BrokerClient>();

beforeAll(async () => {
  upstream = await startFakeUpstream();
  callers.set("127.0.0.2", clientOf("ada")).set("127.0.0.3", clientOf("grace"));
});
afterAll(() => upstream.close());
afterEach(async () => {
  for (const broker of running.splice(0)) await broker.stop(0);
  usage.length = 0;
});

/** An agent whose key names it. */
function clientOf(name: string): BrokerClient {
  return {
    name,
    providers: PROVIDERS.map((provider) => ({ ...provider, origin: upstream.origin })),
    keys: {
      lend: () => {
        const secret = Sensitive.from(`sk-of-${name}`);
        return { version: 1, secret, countsTokens: false, release: () => secret.wipe() };
      },
    },
  };
}

async function start(addresses: readonly string[] = ["127.0.0.1"], port = 0): Promise<{ readonly port: number }> {
  const broker = await startRemoteBroker({
    ...{ addresses, port },
    identify: ({ socket }) => callers.get(socket.remoteAddress ?? "") ?? "unknown-agent",
    upstream: createUpstreamAgent({ allows: () => true, ca: [upstream.ca] }),
    log: (line, agent) => usage.push({ ...line, agent }),
    now: () => new Date(0),
    monotonic: () => 0,
  });
  running.push(broker);
  return { port: Number(broker.listening[0]?.split(":").at(-1)) };
}

function askFrom(localAddress: string, port: number, host = `127.0.0.1:${port}`): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const path = "/anthropic/v1/messages";
    const options = { host: "127.0.0.1", port, localAddress, path, method: "POST", headers: { host }, agent: false };
    const question = request(options, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode));
    });
    question.once("error", reject).end("{}");
  });
}

describe("the owner's broker", () => {
  it("lends each agent its own key and a stranger none", async () => {
    const { port } = await start();
    expect(await askFrom("127.0.0.2", port)).toBe(200);
    expect(await askFrom("127.0.0.3", port)).toBe(200);
    expect(await askFrom("127.0.0.4", port)).toBe(403);
    expect(upstream.seen.map(({ headers }) => headers["x-api-key"])).toEqual(["sk-of-ada", "sk-of-grace"]);
    expect(usage.map(({ code, provider, agent }) => [code, provider, agent])).toEqual([
      ["ok", "anthropic", "ada"],
      ["ok", "anthropic", "grace"],
      ["unknown-agent", null, undefined],
    ]);
  });

  it("answers to no name but its own address, so that a page in a browser cannot lead there", async () => {
    const { port } = await start();
    expect(await askFrom("127.0.0.2", port, `attacker.example:${port}`)).toBe(421);
    expect(await askFrom("127.0.0.2", port, "127.0.0.1")).toBe(421);
  });

  it("listens on the addresses that it is given and on no other", async () => {
    const { port } = await start(["127.0.0.5"]);
    await expect(askFrom("127.0.0.2", port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("says which address and port is taken, and leaves no listener behind", async () => {
    const { port } = await start(["127.0.0.6"]);
    await expect(start(["127.0.0.7", "127.0.0.6"], port)).rejects.toThrow(
      `cannot listen on 127.0.0.6, port ${port}: EADDRINUSE`,
    );
    await start(["127.0.0.7"], port);
    expect(running.at(-1)?.listening).toEqual([`127.0.0.7:${port}`]);
  });

  it("lets a stream end when it stops, and takes nothing new", async () => {
    const { port } = await start();
    const arriving = new Promise<{ end: (text: string) => void }>((resolve) =>
      upstream.answer((_request, response) => {
        response.writeHead(200).write("first ");
        resolve(response);
      }),
    );
    callers.set("127.0.0.1", clientOf("ada"));
    const { answer } = await openRequest(port);
    const [broker] = running.splice(0);
    const stopped = broker?.stop(60_000);
    await expect(askFrom("127.0.0.2", port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    (await arriving).end("last");
    expect(String((await readAnswer(answer)).body)).toBe("first last");
    await stopped;
    callers.delete("127.0.0.1");
  });
});
